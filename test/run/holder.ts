import { type ChildProcess, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { KernelHost } from './kernel-host.ts';

/** A process that has a guest device open, as QEMU has. */
export interface Holder {
  pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it, and waits until it is gone. */
  release(): Promise<void>;
}

/** TUNSETIFF, IFF_TAP | IFF_NO_PI and IFF_MULTI_QUEUE of linux/if_tun.h */
const OPEN_TAP = `open(my $fd, "+<", "/dev/net/tun") or die "$!";
my $ifr = pack("a16 S a22", $ARGV[0], 0x1002 | ($ARGV[1] ? 0x0100 : 0), "");
ioctl($fd, 0x400454ca, $ifr) or die "$!"; $| = 1; print "ready\\n"; sleep 1000;`;
const OPEN_NODE = `open(my $fd, "+<", $ARGV[0]) or die "$!"; $| = 1; print "ready\\n"; sleep 1000;`;

/** Node has no ioctl; perl is on every Debian. */
export function holdTap(host: KernelHost, name: string, multiQueue = false): Promise<Holder> {
  return started(host.ns.start('perl', '-e', OPEN_TAP, name, multiQueue ? '1' : ''));
}

/** By a node of the test's own: that in /dev may be another namespace's, for indexes collide. */
export function holdMacvtap(host: KernelHost, name: string): Promise<Holder> {
  const index = host.links()[name]?.ifindex;
  const number = host.ns.exec('cat', `/sys/class/net/${name}/tap${index}/dev`).trim();
  const [major = '', minor = ''] = number.split(':');
  const node = join(host.directory, `node-${name}-${index}`);
  const { status, stderr } = spawnSync('mknod', [node, 'c', major, minor], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mknod failed: ${stderr}`);
  return started(host.ns.start('perl', '-e', OPEN_NODE, node));
}

async function started(child: ChildProcess): Promise<Holder> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return {
    pid: child.pid ?? 0,
    signal: (signal) => void child.kill(signal),
    async release() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
