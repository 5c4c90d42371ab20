import type { Problem } from '../model/problem.ts';

/** What is kept in the state directory for a time when it is needed. */
export type KeptThing = 'good' | 'history' | 'pauses' | 'trial';

export interface TroubleEars {
  /** Each time that something goes wrong. */
  onTrouble(what: string, error: unknown): void;
  /** What could not be kept is kept again. */
  onKept(thing: KeptThing): void;
}

/**
 * What goes wrong beside the plan. What befell a run is told until the next one begins; what could not be kept, a full
 * disk mostly, for as long as it is not.
 */
export class Troubles {
  private readonly ears: TroubleEars;
  private readonly ofRun = new Map<string, Problem>();
  private readonly standing = new Map<KeptThing, Problem>();

  constructor(ears: TroubleEars) {
    this.ears = ears;
  }

  beginRun(): void {
    this.ofRun.clear();
  }

  add(what: string, error: unknown): void {
    const words = error instanceof Error ? error.message : error === null ? '' : String(error);
    const message = words === '' ? what : `${what}: ${words}`;
    this.ofRun.set(what, { code: 'controller', severity: 'warning', message, source: null });
    this.ears.onTrouble(what, error);
  }

  keep(thing: KeptThing, why: string | null): void {
    if (why === null) {
      if (this.standing.delete(thing)) this.ears.onKept(thing);
      return;
    }
    this.standing.set(thing, { code: 'not-kept', severity: 'warning', message: why, source: null });
    this.ears.onTrouble(why, null);
  }

  isUnkept(thing: KeptThing): boolean {
    return this.standing.has(thing);
  }

  /** What befell the last run. */
  ofLastRun(): Problem[] {
    return [...this.ofRun.values()];
  }

  notKept(): Problem[] {
    return [...this.standing.values()];
  }
}
