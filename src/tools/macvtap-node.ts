import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';

/** A macvtap's character device as the kernel numbered it. */
export interface MacvtapDevice {
  path: string;
  /** Comparable with `Stats.rdev`. */
  rdev: number;
}

/**
 * The device number of a macvtap, read from sysfs; null where sysfs does not know such a link: it is gone, or /sys shows
 * another network namespace than the one we run in (under `nsenter --net`). The kernel names the directory after the
 * link's index, so a link of the same name with another index is not mistaken for it.
 */
export function macvtapDevice(link: { name: string; index: number }): MacvtapDevice | null {
  const text = readSmall(`/sys/class/net/${link.name}/tap${link.index}/dev`);
  const match = text === null ? null : /^(\d+):(\d+)\n?$/.exec(text);
  if (match === null) return null;
  return { path: `/dev/tap${link.index}`, rdev: makeDevice(Number(match[1]), Number(match[2])) };
}

/**
 * The node in /dev, null where none is to be seen. Indexes of two namespaces can collide, and then devtmpfs has the
 * node of the first: so only one with the device's own number is it.
 */
export function macvtapNode(device: MacvtapDevice): Stats | null {
  const stat = statSync(device.path, { throwIfNoEntry: false });
  return stat?.isCharacterDevice() && stat.rdev === device.rdev ? stat : null;
}

/** gnu_dev_makedev(3) of glibc, by arithmetic, since the result can exceed 32 bits. */
export function makeDevice(major: number, minor: number): number {
  return (
    (minor % 0x100) +
    (major % 0x1000) * 0x100 +
    Math.floor(minor / 0x100) * 0x100000 +
    Math.floor(major / 0x1000) * 0x100000000000
  );
}

const buffer = Buffer.alloc(64);

/** A small file of sysfs in one read: readFileSync's extra calls triple the cost for 1,000 devices. */
function readSmall(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a file of /proc or /sys; null when it is gone or not ours to read. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
