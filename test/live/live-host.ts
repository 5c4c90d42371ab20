import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createNamespace, type Namespace } from '../support/netns.ts';
import { type Run, runProgram } from '../support/program.ts';

/**
 * A machine for a test: network, mounts, host name and processes of its own. /run is empty and its own, so what keeps
 * its sockets there finds them at the same place on each. All that runs in it ends with it, QEMUs that libvirtd has let
 * go too, and it ends with this process, however that ends.
 */
export interface LiveHost {
  name: string;
  ns: Namespace;
  /** Before a program's words: they run it in there. */
  enter: readonly string[];
  run(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>;
  /** Leaves it running; signals do not reach it from here. */
  start(argv: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** A file of this machine as others see it. */
  path(inside: string): string;
  remove(): Promise<void>;
}

/** Its first process: it takes in those whose parent has ended, for nobody else would reap them. */
const FIRST = `$SIG{CHLD} = 'IGNORE'; $| = 1; print "ready\\n"; sleep 1000 while 1;`;

/** `mounts` are directories that are to be empty and its own, besides /run. */
export async function liveHost(name: string, mounts: readonly string[] = []): Promise<LiveHost> {
  const ns = createNamespace();
  const script = [
    'hostname "$1"; shift',
    'for directory in /run "$@"; do mount -t tmpfs -o mode=755 none "$directory"; done',
    'exec perl -e "$FIRST"',
  ].join(' && ');
  const own = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const words = [...own, 'sh', '-ec', script, 'sh', name, ...mounts];
  // `ip netns exec` also gives it a /sys of its own network.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', ns.name, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FIRST },
  });
  const ended = once(child, 'exit');
  const ready = once(child.stdout, 'data');
  const won = await Promise.race([ready, ended.then(() => null)]);
  if (won === null) throw new Error(`machine ${name} did not start`);
  const first = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  const enter = ['nsenter', `--target=${first}`, '--net', '--mount', '--uts', '--pid', '--'];
  const [file = '', ...before] = enter;
  return {
    name,
    ns,
    enter,
    run: (argv, env = {}) => runProgram(file, [...before, ...argv], { env: { ...process.env, ...env } }),
    start: (argv, env = {}) =>
      spawn(file, [...before, ...argv], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    path: (inside) => `/proc/${first}/root${inside}`,
    async remove() {
      child.kill('SIGKILL');
      await ended;
      ns.remove();
    },
  };
}
