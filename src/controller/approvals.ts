import type { Answer } from './words.ts';

/** An approval that is not used by then is over. */
const HOLDS_MS = 3_600_000;
/** So many digits of a digest are enough to name the one plan that waits. */
const SHORT_DIGEST = 12;
const DIGEST = /^[0-9a-f]{8,32}$/;

/** Whether a text can name a plan: its digest, or the beginning of it. */
export function isApprovalDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** As shown to people, who type it. */
export function shortDigest(digest: string): string {
  return digest.slice(0, SHORT_DIGEST);
}

/**
 * Approvals of held plans (invariants 4 and 10). Each holds for the one plan that has its digest, until that plan was
 * carried out or an hour has gone by. In memory only: a controller that starts anew asks again.
 */
export class Approvals {
  readonly #until = new Map<string, number>();

  /** `waiting` is the digest of the plan that is held now, null when none is. */
  approve(digest: string, waiting: string | null, now: number): Answer {
    if (waiting === null) return { ok: false, message: 'nothing waits for approval here' };
    if (!isApprovalDigest(digest) || !waiting.startsWith(digest)) {
      return {
        ok: false,
        message: `no plan ${digest} waits for approval: the one that waits is ${shortDigest(waiting)}; look at it with plumbline status`,
      };
    }
    this.#until.set(waiting, now + HOLDS_MS);
    return { ok: true, message: `plan ${shortDigest(waiting)} is approved, once and within an hour` };
  }

  /** Whether this very plan may go ahead now. */
  holds(digest: string, now: number): boolean {
    for (const [known, until] of this.#until) if (until <= now) this.#until.delete(known);
    return this.#until.has(digest);
  }

  /** The plan was carried out: the next one, even with the same content, needs an approval of its own. */
  use(digest: string): void {
    this.#until.delete(digest);
  }
}
