/**
 * What a QEMU tells of a migration, and what that means for the guest's devices on this host. Pure: the commands of the
 * monitor are asked elsewhere, one step of news comes in here, and at most one thing to do comes out.
 */
export interface Migration {
  /** MigrationStatus of QEMU's qapi/migration.json, null before anything was heard. */
  status: string | null;
  /** The capability by which QEMU stops a guest for a moment to save it, on this very host. */
  snapshot: boolean;
  /** The devices were set down by us. */
  released: boolean;
}

export const NO_MIGRATION: Migration = { status: null, snapshot: false, released: false };

export type MigrationNews =
  /** The guest has stopped, whoever wanted that. */
  | { is: 'stop' }
  | { is: 'resume' }
  | { is: 'status'; status: string }
  /** RunState of qapi/run-state.json, as query-status tells it. */
  | { is: 'runState'; runState: string }
  | { is: 'snapshot' };

export type MigrationAct = 'release' | 'raise' | null;

/** The outgoing migration is under way, and the guest can leave at any moment. */
const LEAVING = new Set([
  'active',
  'pre-switchover',
  'device',
  'postcopy-active',
  'postcopy-paused',
  'postcopy-recover',
  'postcopy-recover-setup',
]);

/** Stopped for a migration's last part, or after it: only then nobody runs the guest here. */
const GONE = new Set(['finish-migrate', 'postmigrate']);

/**
 * A stop in the midst of a migration is taken for its switch-over at once: QEMU answers no question before its last
 * part is through (it holds its big lock), and then the guest may run elsewhere already. What query-status says
 * afterwards corrects that where it was a person that paused the guest; a paused guest misses nothing meanwhile.
 */
export function afterNews(
  before: Migration,
  news: MigrationNews,
): { migration: Migration; act: MigrationAct } {
  switch (news.is) {
    case 'status':
      // The first of each migration's; its capabilities are settled by then, and asked for after it.
      if (news.status === 'setup')
        return { migration: { ...before, status: 'setup', snapshot: false }, act: null };
      return { migration: { ...before, status: news.status }, act: null };
    case 'snapshot':
      return { migration: { ...before, snapshot: true }, act: null };
    case 'stop':
      return settle(before, before.released || (LEAVING.has(before.status ?? '') && !before.snapshot));
    case 'resume':
      return settle(before, false);
    case 'runState':
      return settle(before, GONE.has(news.runState));
  }
}

function settle(before: Migration, released: boolean): { migration: Migration; act: MigrationAct } {
  const act = released === before.released ? null : released ? 'release' : 'raise';
  return { migration: { ...before, released }, act };
}
