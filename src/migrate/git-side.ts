import { setTimeout as sleep } from 'node:timers/promises';
import type { Loaded } from '../desired/load.ts';
import { ProblemsError } from '../model/problem.ts';
import type { ConfigClone } from './config-clone.ts';
import { type GuestInGit, guestInGit, whatHoldsUp } from './guest-in-git.ts';
import { editPlacement, type Placement } from './placement-text.ts';
import { RepositoryTrouble } from './repository-trouble.ts';
import { followBranch } from './working-tree.ts';

/** Others may push again and again while we do: so often it is tried. */
const TRIES = 20;
/** A refusal that no commit of somebody else's explains, such as by a lock there, may pass. */
const REFUSALS = 3;
/** Between two tries, so that two who try do not go on meeting. Milliseconds. */
const APART = 200;

/** The newest commit, and what it says of the guest. */
export interface Head {
  commit: string;
  loaded: Loaded;
  /** null: it is placed nowhere. */
  guest: GuestInGit | null;
}

export interface Change {
  /** What is to be written on a head; null where it is to be left as it is. */
  placement(guest: GuestInGit): Placement | null;
  message: readonly string[];
  /** Hosts that must be able to take it up. */
  acceptableTo: readonly string[];
}

/** What git says of one guest, and how that is changed while others push too. */
export class GitSide {
  private readonly clone: ConfigClone;
  private readonly name: string;
  private readonly cache: string | null;
  private readonly say: (line: string) => void;
  private known: Head | null = null;

  constructor(clone: ConfigClone, guest: string, cache: string | null, say: (line: string) => void) {
    this.clone = clone;
    this.name = guest;
    this.cache = cache;
    this.say = say;
  }

  /** Fetches, and reads what is new. Throws RepositoryTrouble and ProblemsError. */
  async look(): Promise<Head> {
    const commit = await this.clone.fetch();
    if (this.known?.commit === commit) return this.known;
    const loaded = await this.clone.load(commit, this.cache);
    this.known = { commit, loaded, guest: guestInGit(loaded.fleet, this.name) };
    return this.known;
  }

  /**
   * Commits and publishes a change, on whatever is newest; returns the commit, null where there is nothing to change.
   * Throws RepositoryTrouble, ProblemsError and NotEditable, and then nothing is published.
   */
  async write(change: Change): Promise<string | null> {
    let refusals = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await sleep(Math.random() * APART);
      const head = await this.look();
      const placement = head.guest === null ? null : change.placement(head.guest);
      if (head.guest === null || placement === null) return null;
      const commit = await this.commit(head, head.guest, placement, change);
      const answer = await this.clone.publish(commit, head.commit);
      const newest = await this.clone.fetch();
      // What was said to have failed may have arrived all the same.
      if (await this.clone.contains(newest, commit)) {
        await this.follow(head.commit, commit);
        return commit;
      }
      refusals = newest === head.commit ? refusals + 1 : 0;
      if (refusals >= REFUSALS) {
        const why = answer?.refused ?? 'the branch stays where it was';
        throw new RepositoryTrouble(`${this.clone.description} does not take the commit: ${why}`);
      }
    }
    throw new RepositoryTrouble(
      `${this.clone.description} was changed by others ${TRIES} times meanwhile: try again`,
    );
  }

  private async commit(
    head: Head,
    { document, file }: GuestInGit,
    placement: Placement,
    { message, acceptableTo }: Change,
  ): Promise<string> {
    const { text } = await this.clone.fileOf(head.commit, file);
    const edited = editPlacement(text, document, placement);
    if (placement.migratingTo !== null) {
      // The way on and the way back are known to be open before anything is written.
      editPlacement(edited, document, { host: placement.migratingTo, migratingTo: null });
      editPlacement(edited, document, { ...placement, migratingTo: null });
    }
    const commit = await this.clone.commit({ parent: head.commit, file, text: edited, message });
    if (acceptableTo.length > 0) {
      const loaded = await this.clone.load(commit, this.cache);
      const problems = acceptableTo.flatMap((host) => whatHoldsUp(loaded, host));
      const each = new Map(problems.map((problem) => [`${problem.code} ${problem.message}`, problem]));
      if (each.size > 0) throw new ProblemsError([...each.values()]);
    }
    return commit;
  }

  private async follow(from: string, to: string): Promise<void> {
    const { origin } = this.clone;
    const left = origin.remote === null ? await followBranch(origin, from, to) : null;
    if (left !== null) this.say(left);
  }
}
