import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fleetFiles, guests } from '../run/fleet-files.ts';
import type { Namespace } from '../support/netns.ts';

/** At least so many guests … */
const GUESTS = 100;
/** … and up to so many more: fewer than half of all, so that no commit is taken for a slip (invariant 10). */
const MORE = 60;

const IDENTITY = {
  GIT_AUTHOR_NAME: 'soak',
  GIT_AUTHOR_EMAIL: 'soak@example.com',
  GIT_COMMITTER_NAME: 'soak',
  GIT_COMMITTER_EMAIL: 'soak@example.com',
};

/** What happens to a host in a long time, in a short one: commits good and bad, and devices that vanish. */
export class Churn {
  readonly desired: string;
  steps = 0;
  private readonly directory: string;
  private readonly ns: Namespace;
  private last = '';

  constructor(ns: Namespace, directory: string) {
    this.ns = ns;
    this.directory = directory;
    this.desired = join(directory, 'desired');
    mkdirSync(directory, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
  }

  /** The newest commit that is good. */
  head(): string {
    return this.last;
  }

  /** One commit, or one to a few devices less; every so often a commit that is no good, and the next one mends it. */
  step(): void {
    this.steps += 1;
    if (this.steps % 40 === 0) this.commitBroken();
    else if (this.steps % 4 === 0 || this.steps % 40 === 1) this.commit();
    else this.removeDevices(1 + Math.floor(Math.random() * 5));
  }

  /** Another number of guests and another MTU than before. */
  commit(): void {
    const mtu = 1300 + (this.steps % 200);
    this.write(
      fleetFiles({
        host: { networks: { s: { type: 'bridge', bridge: 'br-s', manage: true } } },
        networks: { s: { mtu } },
        guests: guests('g', GUESTS + (this.steps % MORE), 's'),
      }),
    );
    this.last = this.record();
  }

  private commitBroken(): void {
    writeFileSync(join(this.desired, 'broken.yaml'), 'kind: [');
    this.record();
  }

  private write(files: Record<string, string>): void {
    rmSync(this.desired, { recursive: true, force: true });
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.desired, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  private record(): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message=churn');
    return this.git('rev-parse', 'HEAD');
  }

  private removeDevices(count: number): void {
    for (let i = 0; i < count; i++) {
      const name = `g${Math.floor(Math.random() * GUESTS)}-eth0`;
      try {
        this.ns.ip(`link delete dev ${name}\n`);
      } catch {
        // It was removed a moment ago and is not back yet.
      }
    }
  }

  private git(...words: string[]): string {
    const options = { cwd: this.directory, encoding: 'utf8', env: { ...process.env, ...IDENTITY } } as const;
    return execFileSync('git', words, options).trim();
  }
}
