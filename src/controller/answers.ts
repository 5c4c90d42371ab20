import { guestsOn } from '../desired/resolve.ts';
import { readLinks } from '../tools/ip/read.ts';
import type { Approvals } from './approvals.ts';
import type { DesiredState } from './desired-state.ts';
import { readDevices, standingGuests } from './devices.ts';
import type { HostLock } from './host-lock.ts';
import type { Memory } from './memory.ts';
import type { PauseBook } from './pause-book.ts';
import type { Queue } from './queue.ts';
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
    }
  }

  /** The devices and the rest are of one run's documents, though others may be on their way. */
  async status(): Promise<Status> {
    const { env, memory } = this.parts;
    const [links, served] = await Promise.all([readLinks(), memory.served(env)]);
    const documents = memory.documents();
    const status = memory.status(served);
    return { ...status, devices: await readDevices(documents, links) };
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
