import { check } from '../check/check.ts';
import { PlacementView } from '../placement/view.ts';
import { canBeOn } from '../placement/where.ts';
import type { Head } from './git-side.ts';

export interface VerdictOptions {
  guest: string;
  to: string;
  allowIslands: boolean;
  /** Takes what is to be known of a move that may be. */
  say(line: string): void;
}

/** Whether the documents let a guest go to a host: as `plumbline can-migrate` says it, of each commit once. */
export class DocumentsVerdict {
  private readonly options: VerdictOptions;
  private readonly told = new Set<string>();
  private last: { commit: string; refusal: string | null } | null = null;

  constructor(options: VerdictOptions) {
    this.options = options;
  }

  /** Why it may not go there; null where it may. */
  refusal(head: Head): string | null {
    if (this.last?.commit !== head.commit) {
      this.last = { commit: head.commit, refusal: this.judge(head) };
    }
    return this.last.refusal;
  }

  private judge({ loaded: { fleet, problems } }: Head): string | null {
    const { guest, to, allowIslands } = this.options;
    if (!fleet.hosts.has(to) && !fleet.broken.has(`Host/${to}`)) {
      const known = [...fleet.hosts.keys()].slice(0, 10).join(', ');
      return `git knows no host ${to}, but ${known || 'none at all'}`;
    }
    const view = new PlacementView(fleet, [...problems, ...check(fleet)]);
    const resolved = view.guest(guest);
    if (resolved === undefined) return `git knows no guest ${guest}`;
    const { verdict, reasons } = canBeOn(view, resolved, to, allowIslands);
    const words = reasons.map(({ about, message }) => (about === '' ? message : `${about}: ${message}`));
    if (verdict === 'no') return `${guest} cannot be on ${to}: ${words.join('; ')}`;
    for (const line of words) this.tell(`${to}: ${line}`);
    return null;
  }

  private tell(line: string): void {
    if (this.told.has(line)) return;
    this.told.add(line);
    this.options.say(line);
  }
}
