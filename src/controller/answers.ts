import { guestsOn, resolveGuest } from '../desired/resolve.ts';
import { readHost } from '../run/observe.ts';
import { readLinks } from '../tools/ip/read.ts';
import type { Approvals } from './approvals.ts';
import { whyNotClaimable } from './claimable.ts';
import { CLAIM_SECONDS, endClaim, keepClaim, readClaims } from './claims.ts';
import type { DesiredState } from './desired-state.ts';
import { readDevices, standingGuests } from './devices.ts';
import type { HostLock } from './host-lock.ts';
import type { Documents, Memory } from './memory.ts';
import type { PauseBook } from './pause-book.ts';
import type { Queue } from './queue.ts';
import { claimsOf, isMoving, movesOf, type Seen, whyNotReady } from './readiness.ts';
import type { Troubles } from './troubles.ts';
import type { Answer, DesiredSource, Request, Status } from './words.ts';

export interface AnswersParts {
  env: NodeJS.ProcessEnv;
  source: DesiredSource;
  desired: DesiredState;
  queue: Queue;
  memory: Memory;
  pauses: PauseBook;
  approvals: Approvals;
  troubles: Troubles;
  lock: HostLock;
}

/** What the controller does and says when it is asked. */
export class Answers {
  private readonly parts: AnswersParts;

  constructor(parts: AnswersParts) {
    this.parts = parts;
  }

  async answer(request: Request): Promise<Answer> {
    const { pauses, source, troubles } = this.parts;
    switch (request.do) {
      case 'status':
        return { ok: true, status: await this.status() };
      case 'pause':
        return this.afterRun(pauses.pause(request, await this.knownGuests()));
      case 'resume':
        return this.afterRun(pauses.resume(request.guest, await this.knownGuests()));
      case 'reconcile':
        await source.refresh().catch((error: unknown) => troubles.add('fetching', error));
        this.parts.desired.retryNow();
        return this.runNow();
      case 'approve':
        return this.approve(request.digest);
      case 'claim':
        return this.claim(request.guest, request.seconds ?? CLAIM_SECONDS);
      case 'release':
        return this.release(request.guest);
    }
  }

  /** The devices and the rest are of one run's documents, though others may be on their way. */
  async status(): Promise<Status> {
    const { env, memory } = this.parts;
    const { claims } = readClaims(env, Date.now());
    const documents = memory.documents(claims.map(({ guest }) => guest));
    const [seen, served] = await Promise.all([this.look(documents, claims.length > 0), memory.served(env)]);
    const status = memory.status(served);
    const devices = await readDevices(documents, seen.links);
    if (documents === null) return { ...status, devices };
    const { fleet, host } = documents;
    const about = { host, state: seen, last: memory.last };
    return { ...status, devices, moves: movesOf(fleet, about), claims: claimsOf(claims, fleet, about) };
  }

  /** Open vSwitch is asked only where somebody is to come or to go. */
  private async look(documents: Documents | null, asked: boolean): Promise<Seen['state']> {
    if (asked || (documents !== null && isMoving(documents))) return readHost(this.parts.env);
    return { links: await readLinks(), ovs: null, ovsUnavailable: 'not asked' };
  }

  /** A claim that cannot be met is taken back, and everything is as it was. */
  private async claim(guest: string, seconds: number): Promise<Answer> {
    const { desired, env, pauses, queue } = this.parts;
    if (pauses.isHostPaused()) return refused(guest, ['this host is paused: plumbline resume']);
    // A guest that is new in git is known after a look.
    if (desired.current?.loaded.fleet.guests.has(guest) !== true) await this.runNow();
    const good = desired.current;
    if (good === null) return refused(guest, ['there are no good documents yet']);
    const why = whyNotClaimable(good.loaded.fleet, good.host, guest);
    if (why.length > 0) return refused(guest, why);
    const before = readClaims(env, Date.now()).claims.some((claim) => claim.guest === guest);
    const { until } = keepClaim(env, guest, seconds, Date.now());
    queue.push('request');
    await queue.idle();
    const failed = await this.whyNotReady(guest);
    if (failed === null) {
      const end = new Date(until).toISOString();
      return { ok: true, message: `${guest} is claimed here until ${end}: its devices are ready` };
    }
    if (!before) {
      endClaim(env, guest);
      queue.push('request');
      await queue.idle();
    }
    return refused(guest, [failed]);
  }

  private async whyNotReady(guest: string): Promise<string | null> {
    const { env, memory } = this.parts;
    const documents = memory.documents([guest]);
    const resolved = documents === null ? undefined : resolveGuest(documents.fleet, guest);
    if (documents === null || resolved === undefined) return 'no run has ended yet';
    return whyNotReady(resolved, { host: documents.host, state: await readHost(env), last: memory.last });
  }

  /** What is down for good is not waited for: whoever released it has no time. */
  private release(guest: string): Answer {
    const ended = endClaim(this.parts.env, guest);
    this.parts.queue.push('request');
    return { ok: true, message: ended ? `the claim of ${guest} is ended` : `${guest} was not claimed here` };
  }

  private async afterRun({ answer, changed }: { answer: Answer; changed: boolean }): Promise<Answer> {
    if (!changed) return answer;
    const { lock, pauses, queue } = this.parts;
    queue.push('request');
    await queue.idle();
    if (pauses.isHostPaused()) await lock.release();
    return answer;
  }

  private async approve(digest: string): Promise<Answer> {
    const plan = this.parts.memory.last?.plan;
    const waiting = plan?.changes.some(({ gate }) => gate.is === 'held') ? plan.digest : null;
    const answer = this.parts.approvals.approve(digest, waiting, Date.now());
    if (!answer.ok) return answer;
    const after = await this.runNow();
    return { ...after, ...(answer.message && { message: answer.message }) };
  }

  private async runNow(): Promise<Answer> {
    this.parts.queue.push('request');
    await this.parts.queue.idle();
    return { ok: true, status: await this.status() };
  }

  /** Those that have a device here, or are to have one by the newest documents. */
  private async knownGuests(): Promise<string[]> {
    const good = this.parts.desired.current;
    const wanted = good === null ? [] : guestsOn(good.loaded.fleet, good.host).map(({ name }) => name);
    return [...new Set([...wanted, ...standingGuests(await readLinks())])];
  }
}

function refused(guest: string, reasons: readonly string[]): Answer {
  return { ok: false, message: `${guest} cannot be claimed here: ${reasons.join('; ')}` };
}
