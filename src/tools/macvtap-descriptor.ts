import type { Stats } from 'node:fs';
import type { OpenDevice } from './descriptors.ts';

const DELETED = ' (deleted)';
/** devtmpfs's name of a macvtap's node, by the link's index. */
const TAP_NODE = /^\/dev\/tap(\d+)$/;

/**
 * Whether a descriptor that has the device number of the macvtap with this index surely belongs to an earlier one. The
 * kernel gives a minor again as soon as its macvtap is gone, while a process may still have that one open, for nothing
 * tells it. Nothing in /proc names the macvtap behind a descriptor, so only proof counts; without it the device is
 * held. `present` is the node that the macvtap has in /dev now, null where none is to be seen. The proofs:
 *
 * - The very node of the present macvtap: it is no earlier one.
 * - A node named after another index. Minors are unique on the whole machine, so a node that the kernel (or libvirt,
 *   in a domain's private /dev) named after another macvtap was made for that one. The kernel removes its node before
 *   it frees the number, so it cannot have been opened later.
 * - A removed node of the same devtmpfs that is not the present macvtap's: the node of an earlier macvtap with the same
 *   index, in another namespace.
 * - Any other node (made by hand, by mknod) that was unlinked for good before the present one was made: its change time
 *   is at least the moment when the last name went, and without a name it cannot have been opened since.
 */
export function isEarlierIncarnation(open: OpenDevice, index: number, present: Stats | null): boolean {
  const { node } = open;
  const sameFileSystem = present !== null && present.dev === node.dev;
  if (sameFileSystem && present.ino === node.ino) return false;

  const deleted = open.path.endsWith(DELETED);
  const path = deleted ? open.path.slice(0, -DELETED.length) : open.path;
  const named = TAP_NODE.exec(path)?.[1];
  if (named !== undefined && Number(named) !== index) return true;
  if (deleted && sameFileSystem) return true;
  return (
    present !== null && node.nlink === 0 && present.birthtimeMs > 0 && node.ctimeMs < present.birthtimeMs
  );
}
