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

/**
 * The machine's /dev has the nodes of all macvtaps, named after their indexes, of which each network namespace has the
 * same: libvirt takes a tap for a macvtap where /dev has a node of its index.
 */
const OWN_DEV = `mkdir /dev/net /dev/shm
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'net/tun 10 200'; do
  set -- $node; mknod -m 666 /dev/$1 c $2 $3
done
ln -s /proc/self/fd /dev/fd`;

export interface LiveHostOptions {
  /** Directories that are to be empty and its own, besides /run. */
  mounts: readonly string[];
  /** Its guests' devices are macvtaps, so it has the machine's /dev, where the kernel puts their nodes. */
  macvtaps: boolean;
}

export async function liveHost(name: string, { mounts, macvtaps }: LiveHostOptions): Promise<LiveHost> {
  const ns = createNamespace();
  const script = [
    'hostname "$1"; shift',
    'for directory; do mount -t tmpfs -o mode=755 none "$directory"; done',
    ...(macvtaps ? [] : [OWN_DEV]),
    'exec perl -e "$FIRST"',
  ].join('\n');
  const directories = ['/run', ...(macvtaps ? [] : ['/dev']), ...mounts];
  const own = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const words = [...own, 'sh', '-ec', script, 'sh', name, ...directories];
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
