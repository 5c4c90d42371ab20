import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { askController } from '../../../src/controller/socket-client.ts';
import type { Status } from '../../../src/controller/words.ts';
import type { FleetParts } from '../../run/fleet-files.ts';
import { type HostOptions, type KernelHost, kernelHost } from '../../run/kernel-host.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { writeFiles } from '../../support/desired-directory.ts';
import { until } from '../../support/netns.ts';
import type { Run } from '../../support/program.ts';
import { git } from '../source/git-repository.ts';

/** Far more than it takes, for a machine that is busy with other tests. Seconds. */
const PATIENCE = 30;

/** A host whose desired directory lies in a repository, and controllers of it. */
export interface WatchedHost extends KernelHost {
  /** Makes this the content of the desired directory and commits it; returns the commit. */
  commit(parts: FleetParts, more?: Record<string, string>, ...options: string[]): string;
  git(...words: string[]): string;
  /** Begins `plumbline watch DESIRED --host a`, and waits until it answers. */
  watch(...flags: string[]): Promise<Watching>;
  /** The same with other words before its own, such as a program that changes what it sees. */
  watchThrough(before: readonly string[], ...argv: string[]): Promise<Watching>;
  /** `plumbline ARGV`, which must exit with 0. */
  ask(...argv: string[]): Promise<Run>;
  /** Waits until the kernel has this device, made by us and complete. */
  stands(device: string, but?: number): Promise<void>;
  gone(device: string): Promise<void>;
}

/** A controller under test. */
export interface Watching {
  pid: number;
  log(): string;
  status(): Promise<Status>;
  /** Waits until its status is so. */
  shows(what: string, condition: (status: Status) => boolean): Promise<Status>;
  /** Waits until this commit is applied and the host is in sync. */
  reaches(commit: string): Promise<Status>;
  /** Sends the signal and returns the exit status; null when the signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export async function watchedHost(options: HostOptions = {}): Promise<WatchedHost> {
  const host = await kernelHost(options);
  const inRepository = (...words: string[]) => git(host.directory, ...words);
  inRepository('init', '--quiet', '--initial-branch=main');
  const watchThrough: WatchedHost['watchThrough'] = async (before, ...argv) => {
    const watching = begin(host, before, ['watch', ...argv, '--host', 'a']);
    await watching.answers();
    return watching;
  };
  return {
    ...host,
    git: inRepository,
    commit(parts, more = {}, ...commitOptions) {
      host.want(parts);
      writeFiles(host.desired, more);
      inRepository('add', '--all', 'desired');
      inRepository('commit', '--quiet', '--allow-empty', '--message=wanted', ...commitOptions);
      return inRepository('rev-parse', 'HEAD');
    },
    watchThrough,
    watch: (...flags) => watchThrough([], host.desired, ...flags),
    async ask(...argv) {
      const answer = await host.run(argv);
      if (answer.status !== 0) throw new Error(`${argv.join(' ')}: ${JSON.stringify(answer)}`);
      return answer;
    },
    stands: (device, but) =>
      until(
        `${device} stands`,
        () => {
          const link = host.links()[device];
          return link !== undefined && link.ifindex !== but && link.flags.includes('UP');
        },
        PATIENCE,
      ),
    gone: (device) => until(`${device} is gone`, () => host.links()[device] === undefined, PATIENCE),
  };
}

/** Removes a link as somebody else would; returns the index that it had. */
export function removeLink(host: KernelHost, device: string): number {
  const { ifindex } = linkOf(host.links(), device);
  host.ns.ip(`link delete dev ${device}\n`);
  return ifindex;
}

/** The processes that this one started and that still run, by their first two words. */
export function childrenOf(pid: number): { pid: number; words: string }[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return list.filter(Boolean).flatMap((child) => {
    try {
      const words = readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(child), words }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

function begin(
  host: KernelHost,
  before: readonly string[],
  argv: readonly string[],
): Watching & { answers(): Promise<void> } {
  const words = ['ip', 'netns', 'exec', host.ns.name, ...before, ...host.program, ...argv];
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...words], {
    env: host.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end: Watching['end'] = (signal = 'SIGTERM') => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
  });

  const socket = join(host.directory, 'run', `control-${statSync(`/run/netns/${host.ns.name}`).ino}`);
  const ask = async () => {
    const answer = await askController(socket, { do: 'status' }).catch(() => null);
    const status = answer?.ok === true ? answer.status : undefined;
    return status !== undefined && status.pid === child.pid ? status : null;
  };
  const shows: Watching['shows'] = async (what, condition) => {
    let last: Status | null = null;
    try {
      await until(
        what,
        async () => {
          last = await ask();
          return last !== null && condition(last);
        },
        PATIENCE,
      );
    } catch (error) {
      throw new Error(`${what}\n${JSON.stringify(last, null, 1)}\n${log.slice(-4000)}`, { cause: error });
    }
    // The loop above ends only with a status.
    if (last === null) throw new Error('no status');
    return last;
  };
  return {
    pid: child.pid ?? 0,
    log: () => log,
    status: () => shows('it answers', () => true),
    shows,
    reaches: (commit) => shows(`it reaches ${commit}`, ({ applied, inSync }) => applied === commit && inSync),
    end,
    async answers() {
      await shows('it answers', () => true);
    },
  };
}
