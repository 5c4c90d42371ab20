import { compareProblems, ProblemsError } from '../model/problem.ts';
import { messageOf } from '../tools/result.ts';
import { announcing, moved, takenBack, type Way } from './commit-words.ts';
import type { ConfigClone } from './config-clone.ts';
import { type Change, GitSide, type Head } from './git-side.ts';
import type { HostView } from './host-view.ts';
import { HostsSide } from './hosts-side.ts';
import type { Interruption } from './interruption.ts';
import { type Moment, type Next, nextOf, settledByGit } from './next.ts';
import { NotEditable } from './placement-text.ts';
import { RepositoryTrouble } from './repository-trouble.ts';

/** Why a guest is not moved. What was written before is taken back, where the message does not say otherwise. */
export class NotMoved extends Error {
  override name = 'NotMoved';
}

export interface MoveOptions {
  guest: string;
  to: string;
  clone: ConfigClone;
  /** Where parsed documents are kept; null for nowhere. */
  cache: string | null;
  /** How long both hosts may take to be ready. Milliseconds. */
  timeoutMs: number;
  interruption: Interruption;
  /** Runs the command, and returns its exit status. */
  command(way: Way): Promise<number>;
  /** Why the guest may not go there, by the documents; null where it may. */
  refusal(head: Head): string | null;
  /** A line for whoever watches. */
  say(line: string): void;
}

/** Between two looks at git while the hosts get ready. Milliseconds. */
const GIT_EVERY = 10_000;
/** The same when a host is at a commit that was not fetched yet. */
const GIT_SOON = 1000;
/** After a command that failed, so long is waited for the one of two ends that goes. Milliseconds. */
const SETTLE = 10_000;
/** Between two tries to write what must be written. Milliseconds. */
const WRITE_AGAIN = 2000;

/** One move of a guest: what is done follows from what git and both hosts say, at each look anew. */
export class Move {
  private readonly options: MoveOptions;
  private readonly git: GitSide;
  private head: Head;
  private from: string | null = null;
  private hosts: HostsSide | null = null;
  private announced: Moment['announced'] = 'no';
  private command: Moment['command'] = 'notBegun';
  private commandStatus = 0;
  /** The commit that both hosts are to be at. */
  private revision: string;
  private deadline: number;
  private lookedAt = Date.now();
  private readonly shown = new Map<string, string>();

  private constructor(options: MoveOptions, git: GitSide, head: Head) {
    this.options = options;
    this.git = git;
    this.head = head;
    this.revision = head.commit;
    this.deadline = Date.now() + options.timeoutMs;
  }

  /**
   * Moves the guest, or leaves all as it was; returns the exit status. Throws NotMoved, RepositoryTrouble, ProblemsError
   * and NotEditable.
   */
  static async run(options: MoveOptions): Promise<number> {
    const git = new GitSide(options.clone, options.guest, options.cache, options.say);
    const move = new Move(options, git, await git.look());
    try {
      return await move.toItsEnd();
    } finally {
      await move.hosts?.settled();
    }
  }

  private async toItsEnd(): Promise<number> {
    for (;;) {
      const moment = await this.look();
      const next = (this.command === 'notBegun' ? settledByGit(moment) : null) ?? nextOf(moment);
      const status = await this.act(next, moment);
      if (status !== null) return status;
    }
  }

  private async look(): Promise<Moment> {
    const { guest, to, interruption, refusal } = this.options;
    const git = this.head.guest?.placement ?? null;
    const moment: Moment = {
      guest,
      to,
      git,
      from: this.from,
      source: null,
      destination: null,
      announced: this.announced,
      command: this.command,
      refusal: null,
      interrupted: interruption.has,
      timeUp: Date.now() >= this.deadline,
    };
    if (git === null || (this.command === 'notBegun' && settledByGit(moment) !== null)) return moment;
    if (this.command === 'notBegun' && git.migratingTo !== to) {
      // What ends it without a host that is asked.
      const why = refusal(this.head);
      if (why !== null || moment.interrupted) return { ...moment, refusal: why };
    }
    if (this.from === null) this.begin(git.host, git.migratingTo === to);
    if (this.hosts === null) return moment;
    const views = await this.hosts.look(this.revision);
    if (views.unknown || Date.now() - this.lookedAt > GIT_EVERY) await this.lookAtGit(GIT_SOON);
    const { source, destination } = views;
    return {
      ...moment,
      from: this.from,
      announced: this.announced,
      source,
      destination,
      refusal: refusal(this.head),
    };
  }

  private begin(from: string, found: boolean): void {
    const { guest, to, clone, say } = this.options;
    this.from = from;
    this.hosts = new HostsSide(clone, guest, this.head.loaded.fleet, { source: from, destination: to });
    say(`${guest}: from ${from} to ${to} (${clone.description})`);
    if (!found) return;
    this.announced = 'found';
    say(`git says already that ${guest} moves to ${to}: going on with that`);
    this.hosts.nudge();
  }

  /** What somebody else pushed meanwhile may be of this guest. A remote that is away for a while is no reason to end. */
  private async lookAtGit(apartMs: number): Promise<void> {
    if (Date.now() - this.lookedAt < apartMs) return;
    this.lookedAt = Date.now();
    await this.git.look().then(
      (head) => {
        this.head = head;
      },
      (error: unknown) => {
        if (!(error instanceof RepositoryTrouble)) throw error;
        this.show('git', error.message);
      },
    );
  }

  /** Does it; the exit status, once there is nothing more to do. */
  private async act(next: Next, moment: Moment): Promise<number | null> {
    const { guest, to, interruption, say } = this.options;
    switch (next.do) {
      case 'end':
        if (next.as === 'interrupted') return interruption.status;
        say(`${guest} is on ${to}`);
        return 0;
      case 'refuse':
        throw new NotMoved(next.why);
      case 'announce':
        await this.announce();
        return null;
      case 'wait':
        this.showHosts(next.for);
        await interruption.pause(this.hosts?.everyMs ?? 0);
        return null;
      case 'runCommand':
        this.showHosts({ source: null, destination: null });
        await this.runCommand();
        return null;
      case 'commit':
        await this.commit(next.found);
        return this.command === 'failed' ? this.commandStatus : 0;
      case 'takeBack':
        return this.takeBack(next.why, moment.source);
    }
  }

  private get way(): Way {
    const { guest, to } = this.options;
    return { guest, from: this.from ?? '', to };
  }

  private async announce(): Promise<void> {
    const { way } = this;
    const commit = await this.git.write({
      placement: ({ placement }) =>
        placement.host === way.from && placement.migratingTo === null
          ? { host: way.from, migratingTo: way.to }
          : null,
      message: announcing(way),
      acceptableTo: [way.from, way.to],
    });
    this.head = await this.git.look();
    if (commit === null) return;
    this.announced = 'byUs';
    this.revision = commit;
    this.deadline = Date.now() + this.options.timeoutMs;
    this.options.say(
      `${commit.slice(0, 12)}: ${way.guest} moves to ${way.to}; waiting until both hosts are ready`,
    );
    this.hosts?.nudge();
  }

  private async runCommand(): Promise<void> {
    const { command, interruption, say } = this.options;
    // The last moment at which somebody else can have taken it back.
    this.head = await this.git.look();
    if (interruption.has || this.head.guest?.placement.migratingTo !== this.way.to) return;
    say('both hosts are ready: running the command');
    this.commandStatus = await command(this.way);
    this.command = this.commandStatus === 0 ? 'succeeded' : 'failed';
    interruption.forget();
    this.deadline = Date.now() + SETTLE;
    if (this.command === 'failed') say(`the command exited with ${this.commandStatus}`);
  }

  /** Writes the new host: where the guest is, git must say so. */
  private async commit(found: boolean): Promise<void> {
    const { way } = this;
    let foreign: string | null = null;
    const commit = await this.insist({
      placement: ({ placement: { host, migratingTo } }) => {
        if (host === way.to && migratingTo === null) return null;
        const others =
          (host !== way.from && host !== way.to) || (migratingTo !== null && migratingTo !== way.to);
        foreign = others ? `host ${host}, migratingTo ${migratingTo ?? 'nothing'}` : null;
        return others ? null : { host: way.to, migratingTo: null };
      },
      message: moved(way, found),
      acceptableTo: [],
    });
    if (foreign !== null) {
      throw new NotMoved(
        `${way.guest} runs on ${way.to}, but somebody has written ${foreign} in git: put that right`,
      );
    }
    this.options.say(`${commit === null ? '' : `${commit.slice(0, 12)}: `}${way.guest} is on ${way.to}`);
    this.hosts?.nudge();
  }

  private async takeBack(why: string, source: HostView | null): Promise<number> {
    const { interruption, say } = this.options;
    const { way } = this;
    // First what the guest waits for: it runs on, and its devices are down.
    if (source?.is === 'told' && source.released) {
      const trouble = await this.hosts?.raiseAtSource();
      if (trouble) say(`${way.from}: the devices of ${way.guest} could not be raised: ${trouble}`);
      else say(`${way.from}: the devices of ${way.guest} are up again`);
    }
    const reason = this.command === 'failed' ? `the command exited with ${this.commandStatus}` : why;
    const commit = await this.insist({
      placement: ({ placement }) =>
        placement.host === way.from && placement.migratingTo === way.to
          ? { host: way.from, migratingTo: null }
          : null,
      message: takenBack(way, reason),
      acceptableTo: [],
    });
    this.hosts?.nudge();
    if (commit !== null) say(`${commit.slice(0, 12)}: ${way.guest} stays on ${way.from}`);
    if (this.command === 'failed') return this.commandStatus;
    if (interruption.has) return interruption.status;
    throw new NotMoved(`${why}; the move is taken back`);
  }

  /** As `write`, and tries again for a while where the remote is away; one more Ctrl-C ends that. */
  private async insist(change: Change): Promise<string | null> {
    const { interruption, timeoutMs, guest } = this.options;
    const until = Date.now() + timeoutMs;
    const { times } = interruption;
    for (;;) {
      try {
        return await this.git.write(change);
      } catch (error) {
        const passing = error instanceof RepositoryTrouble && Date.now() < until;
        if (!passing || interruption.times > times) {
          throw new NotMoved(
            `${wordsOf(error)}\ngit still says that ${guest} moves: run the same again when that is put right`,
          );
        }
        this.show('git', `${error.message}; trying again`);
        await new Promise((resolve) => setTimeout(resolve, WRITE_AGAIN));
      }
    }
  }

  /** What each host lacks; null: nothing. */
  private showHosts({ source, destination }: { source: string | null; destination: string | null }): void {
    this.show(this.way.from, source ?? 'ready');
    this.show(this.way.to, destination ?? 'ready');
  }

  /** What is new, once. */
  private show(of: string, words: string): void {
    if (this.shown.get(of) === words) return;
    this.shown.set(of, words);
    this.options.say(`${of}: ${words}`);
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ProblemsError) {
    return [...error.problems]
      .sort(compareProblems)
      .map(({ message }) => message)
      .join('\n');
  }
  if (error instanceof NotEditable || error instanceof RepositoryTrouble) return error.message;
  return messageOf(error);
}
