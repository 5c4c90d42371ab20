import type { ChildProcess } from 'node:child_process';
import type { Namespace } from './netns.ts';

/** A process that has a guest device open, as QEMU has. */
export interface Holder {
  pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it, and waits until it is gone. */
  release(): Promise<void>;
}

// Node has no ioctl; perl is on every Debian.
const READY = '$| = 1; print "ready\\n"; sleep 1000;';
/** TUNSETIFF, IFF_TAP | IFF_NO_PI and IFF_MULTI_QUEUE of linux/if_tun.h */
const OPEN_TAP = `open(my $fd, "+<", "/dev/net/tun") or die "$!";
my $ifr = pack("a16 S a22", $ARGV[0], 0x1002 | ($ARGV[1] ? 0x0100 : 0), "");
ioctl($fd, 0x400454ca, $ifr) or die "$!"; ${READY}`;
const OPEN_NODE = `open(my $fd, "+<", $ARGV[0]) or die "$!"; unlink $ARGV[0] if $ARGV[1]; ${READY}`;
/** `ip netns exec` has given it a mount namespace of its own. perl wants /dev/null. */
const IN_OWN_DEV = `mount -t tmpfs dev /dev && mknod -m 666 /dev/null c 1 3 &&
mknod "$1" c "$2" "$3" && exec perl -e "$0" "$1" "$4"`;

export function openTap(namespace: Namespace, name: string, multiQueue = false): Promise<Holder> {
  return started(namespace.start('perl', '-e', OPEN_TAP, name, multiQueue ? '1' : ''));
}

/** By the node that the kernel made in the machine's /dev, which may be another namespace's, for indexes collide. */
export function openNode(namespace: Namespace, path: string): Promise<Holder> {
  return started(namespace.start('perl', '-e', OPEN_NODE, path));
}

/**
 * By a node in a /dev of its own, as libvirt's guests have one. It has the name that the kernel gives, so that it is not
 * taken for a later macvtap's, of whatever test, that has the same number. With `unlink` it is gone once it is open.
 */
export function openOwnNode(
  namespace: Namespace,
  macvtap: { name: string; index: number },
  unlink = false,
): Promise<Holder> {
  const { index } = macvtap;
  const number = macvtapNumber(namespace, macvtap);
  const words = [`/dev/tap${index}`, ...number.split(':'), unlink ? '1' : ''];
  return started(namespace.start('sh', '-c', IN_OWN_DEV, OPEN_NODE, ...words));
}

/** Makes a node of a macvtap, for whoever opens it by a path; returns that. */
export function makeNode(
  namespace: Namespace,
  macvtap: { name: string; index: number },
  path: string,
): string {
  namespace.exec('mknod', path, 'c', ...macvtapNumber(namespace, macvtap).split(':'));
  return path;
}

/** `MAJOR:MINOR` */
export function macvtapNumber(
  namespace: Namespace,
  { name, index }: { name: string; index: number },
): string {
  return namespace.exec('cat', `/sys/class/net/${name}/tap${index}/dev`).trim();
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
