import { findRunning, type RunningService, stillRuns } from '../../tools/dnsmasq/running.ts';

export interface ServiceWatch {
  /** The networks whose dnsmasq is to run; `changed` when one of them may be another process than before. */
  watch(names: ReadonlySet<string>, changed: boolean): void;
  close(): void;
}

const INTERVAL_MS = 500;

/**
 * Tells when a dnsmasq has ended. None is a child of ours, so nobody tells us: the entry of each in /proc is looked at
 * twice a second. They are found by a look at all processes, only when they may be others.
 */
export function serviceWatch(env: NodeJS.ProcessEnv, onEvent: () => void): ServiceWatch {
  let wanted: ReadonlySet<string> = new Set();
  const known = new Map<string, RunningService>();
  /** Those that do not run, each told once. */
  const missing = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let stale = false;
  let finding = false;

  function look(): void {
    for (const [name, service] of known) {
      if (stillRuns(service)) continue;
      known.delete(name);
      tell(name);
    }
    // Another may have taken the place of one that ended: systemd starts its units again.
    if (stale || missing.size > 0) void find();
  }

  async function find(): Promise<void> {
    if (finding) return;
    finding = true;
    stale = false;
    try {
      const running = await findRunning(env);
      known.clear();
      for (const name of wanted) {
        const service = running.get(name);
        if (service === undefined) tell(name);
        else {
          known.set(name, service);
          missing.delete(name);
        }
      }
    } finally {
      finding = false;
    }
  }

  function tell(name: string): void {
    if (missing.has(name)) return;
    missing.add(name);
    onEvent();
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
    known.clear();
    missing.clear();
  }

  return {
    watch(names, changed) {
      stale ||= changed || names.size !== wanted.size || [...names].some((name) => !wanted.has(name));
      wanted = names;
      for (const name of missing) if (!names.has(name)) missing.delete(name);
      if (names.size === 0) return stop();
      timer ??= setInterval(look, INTERVAL_MS);
      if (stale) look();
    },
    close() {
      wanted = new Set();
      stop();
    },
  };
}
