import { closeSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { type MacvtapDevice, macvtapDevice, macvtapNode } from './macvtap-node.ts';
import { errorCode, messageOf } from './result.ts';
import { runTool } from './spawn.ts';

/** A device that a program is to have could not be opened; the message says what lacks, and what to do. */
export class DeviceNotOpened extends Error {
  override name = 'DeviceNotOpened';
}

/** What QEMU needs of a macvtap that is to use the kernel's vhost. */
const VHOST_NET = '/dev/vhost-net';

/**
 * Opens a macvtap for reading and writing, `queues` times: each open of its node is a queue of its own
 * (drivers/net/tap.c). The descriptors are close-on-exec, for whoever starts a program to hand over. Throws
 * DeviceNotOpened, and then none is open.
 */
export async function openMacvtap(link: { name: string; index: number }, queues: number): Promise<number[]> {
  const device = macvtapDevice(link);
  if (device === null) {
    throw new DeviceNotOpened(
      `/sys does not show ${link.name} with index ${link.index}: it has just gone, or /sys belongs to another network namespace (ip netns exec enters one with its own)`,
    );
  }
  if (macvtapNode(device) !== null) return openEach(device.path, queues, link.name, device);
  return throughOwnNode(device, link, queues);
}

/** /dev/vhost-net, `queues` times. Throws as `openMacvtap`. */
export function openVhost(queues: number): number[] {
  return openEach(VHOST_NET, queues, 'vhost', null);
}

/**
 * The kernel names the node after the link's index, in the machine's own /dev: a container has none, and of two network
 * namespaces with the same index only the first. Root makes one by the device's number then, and takes it away at once.
 * In /dev, for /run takes no devices (nodev).
 */
async function throughOwnNode(
  { path, rdev }: MacvtapDevice,
  link: { name: string; index: number },
  queues: number,
): Promise<number[]> {
  const { major, minor } = numbersOf(rdev);
  const lacks = `${link.name} has no node here: ${path} ${statSync(path, { throwIfNoEntry: false }) ? 'is another device' : 'is not there'}, and its number is ${major}:${minor}`;
  if (process.getuid?.() !== 0) {
    throw new DeviceNotOpened(`${lacks} (root can do without: plumbline makes a node for itself then)`);
  }
  const own = `/dev/plumbline-tap${link.index}-${process.pid}`;
  const made = await runTool('mknod', ['-m', '600', '--', own, 'c', String(major), String(minor)]);
  if (made.exitCode !== 0) throw new DeviceNotOpened(`${lacks}; ${made.stderr.trim()}`);
  try {
    return openEach(own, queues, link.name, { path: own, rdev });
  } finally {
    unlinkSync(own);
  }
}

function openEach(path: string, queues: number, what: string, device: MacvtapDevice | null): number[] {
  const descriptors: number[] = [];
  try {
    for (let queue = 0; queue < queues; queue++) {
      const descriptor = openSync(path, 'r+');
      descriptors.push(descriptor);
      // The one that was looked at could have been replaced before it was opened.
      if (device !== null && fstatSync(descriptor).rdev !== device.rdev) throw new Error('it was replaced');
    }
    return descriptors;
  } catch (error) {
    for (const descriptor of descriptors) closeSync(descriptor);
    throw new DeviceNotOpened(`${what}: ${reasonOf(error, path)}`);
  }
}

function reasonOf(error: unknown, path: string): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be opened by this user${ownerOf(path)}; guestDevices of the Host document says who may`;
    case 'ENOENT':
    case 'ENODEV':
      return `${path} is not there${path === VHOST_NET ? ': modprobe vhost_net, or leave --vhost out' : ''}`;
    case 'EBUSY':
      return `${path} has no queue left`;
    default:
      return `${path} cannot be opened: ${messageOf(error)}`;
  }
}

function ownerOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return '';
  const mode = (stat.mode & 0o777).toString(8);
  return ` (uid ${process.getuid?.()}): it belongs to uid ${stat.uid}, gid ${stat.gid}, mode ${mode}`;
}

/** The contrary of `makeDevice`: gnu_dev_major(3) and gnu_dev_minor(3). A macvtap's number has 12 and 20 bits. */
function numbersOf(rdev: number): { major: number; minor: number } {
  return {
    major: Math.floor(rdev / 0x100) % 0x1000,
    minor: (rdev % 0x100) + Math.floor(rdev / 0x100000) * 0x100,
  };
}
