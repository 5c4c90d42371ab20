import { isObject, textAt } from '../../tools/json.ts';
import { connectQmp, type Qmp, type QmpEvent, QmpFailed, QmpRefused } from '../../tools/qmp.ts';
import { errorCode, messageOf } from '../../tools/result.ts';
import { afterNews, type MigrationNews, NO_MIGRATION } from './migration.ts';

export interface MigrationActs {
  /** The guest has stopped here to run elsewhere. The names of the devices that were set down. */
  release(): Promise<string[]>;
  /** It runs on here after all. The names of the devices that are up again. */
  raise(): Promise<string[]>;
  /** For a person: what was done, and what could not be. */
  say(words: string): void;
}

/** Between two tries of a socket that is not there yet. Milliseconds. */
const RETRY = 50;
/** So long another client may have the monitor before that is said. */
const PATIENCE = 5_000;
/** After QEMU's end, for what it has said last. */
const DRAIN = 1_000;

/** As long as a QEMU runs: sets its guest's devices down and up as it leaves this host by migration, or does not after all. */
export class MigrationFollower {
  private readonly path: string;
  private readonly acts: MigrationActs;
  private readonly ending = new AbortController();
  private migration = NO_MIGRATION;
  private qmp: Qmp | null = null;
  /** One after the other, in the order of the news. */
  private done: Promise<void> = Promise.resolve();
  private readonly following: Promise<void>;

  constructor(path: string, acts: MigrationActs) {
    this.path = path;
    this.acts = acts;
    this.following = this.follow();
  }

  /** To be called when QEMU has ended. What it has said until then is still acted on. */
  async finish(): Promise<void> {
    const drained = setTimeout(() => this.ending.abort(), this.qmp === null ? 0 : DRAIN);
    await this.qmp?.closed;
    this.ending.abort();
    clearTimeout(drained);
    await this.following;
    await this.done;
  }

  private async follow(): Promise<void> {
    while (!this.ending.signal.aborted) {
      const qmp = await this.connect();
      if (qmp === null) await pause(RETRY, this.ending.signal);
      else await this.attend(qmp);
    }
  }

  /** null where there is nobody yet, or no longer. */
  private async connect(): Promise<Qmp | null> {
    const taken = setTimeout(() => {
      this.acts.say(
        `the monitor at ${this.path} does not greet: another program has it, and it takes one at a time`,
      );
    }, PATIENCE);
    try {
      return await connectQmp(this.path, (event) => this.onEvent(event), this.ending.signal);
    } catch (error) {
      const cause = error instanceof QmpFailed ? errorCode(error.cause) : null;
      const expected = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(cause ?? '');
      if (!expected && !this.ending.signal.aborted) this.sayOnce(messageOf(error));
      return null;
    } finally {
      clearTimeout(taken);
    }
  }

  private async attend(qmp: Qmp): Promise<void> {
    this.qmp = qmp;
    try {
      // Without it QEMU tells of no state of a migration; it refuses while one is under way, which is then asked for.
      const capabilities = [{ capability: 'events', state: true }];
      await qmp.execute('migrate-set-capabilities', { capabilities }).catch(ignoreRefusal);
      await qmp.execute('query-migrate', undefined, (answer) => {
        // It says nothing of a status where there was no migration, as of a QEMU that has come after another.
        const status = isObject(answer) ? textAt(answer, 'status') : null;
        this.hear({ is: 'status', status: status ?? 'none' });
      });
      await this.askRunState(qmp);
    } catch (error) {
      if (!(error instanceof QmpFailed)) this.sayOnce(messageOf(error));
    }
    await qmp.closed;
    this.qmp = null;
  }

  private onEvent({ event, data }: QmpEvent): void {
    const status = textAt(data, 'status');
    if (event === 'STOP') this.hear({ is: 'stop' });
    else if (event === 'RESUME') this.hear({ is: 'resume' });
    else if (event === 'MIGRATION' && status !== null) this.hear({ is: 'status', status });
    else return;
    if (this.qmp === null || event === 'RESUME') return;
    if (status === 'setup') this.inform(this.askSnapshot(this.qmp));
    this.inform(this.askRunState(this.qmp));
  }

  private async askRunState(qmp: Qmp): Promise<void> {
    await qmp.execute('query-status', undefined, (answer) => {
      const runState = isObject(answer) ? textAt(answer, 'status') : null;
      if (runState !== null) this.hear({ is: 'runState', runState });
    });
  }

  private async askSnapshot(qmp: Qmp): Promise<void> {
    await qmp.execute('query-migrate-capabilities', undefined, (answer) => {
      const capabilities = Array.isArray(answer) ? answer.filter(isObject) : [];
      const on = capabilities.some((one) => one.capability === 'background-snapshot' && one.state === true);
      if (on) this.hear({ is: 'snapshot' });
    });
  }

  private hear(news: MigrationNews): void {
    const { migration, act } = afterNews(this.migration, news);
    this.migration = migration;
    if (act !== null) this.done = this.done.then(() => this.act(act));
  }

  private async act(act: 'release' | 'raise'): Promise<void> {
    const { acts } = this;
    try {
      const devices = await (act === 'release' ? acts.release() : acts.raise());
      if (devices.length === 0) return;
      const names = devices.join(', ');
      acts.say(
        act === 'release' ? `it leaves this host: ${names} set down` : `it runs on here: ${names} up again`,
      );
    } catch (error) {
      acts.say(
        `${act === 'release' ? 'it leaves this host, and its devices are not down' : 'it runs on here, and its devices are not up'}: ${messageOf(error)}`,
      );
    }
  }

  /** A question that the end of QEMU leaves without an answer is none any more. */
  private inform(asked: Promise<void>): void {
    asked.catch((error: unknown) => {
      if (!(error instanceof QmpFailed)) this.sayOnce(messageOf(error));
    });
  }

  private lastWords = '';
  private sayOnce(words: string): void {
    if (words !== this.lastWords) this.acts.say(words);
    this.lastWords = words;
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof QmpRefused)) throw error;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
