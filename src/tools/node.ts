import { chmodSync, chownSync, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { macvtapDevice } from './macvtap-node.ts';
import { DONE, errorCode, failed, messageOf, type StepResult } from './result.ts';

/**
 * O_PATH of asm-generic/fcntl.h, which node does not name. Opened like this, the node is only pointed at: a plain open
 * would attach a queue to the macvtap, and a running guest's frames would go there (drivers/net/tap.c).
 */
const O_PATH = 0o10000000;
/** Read and write for owner and group: what QEMU needs, and nobody else. */
const MODE = 0o660;

/**
 * Gives a macvtap's character device to a user and a group (null: as it is). The node is the one that was checked, not
 * whatever has its path a moment later: chown goes through the descriptor.
 */
export function setNodeOwner(
  link: { name: string; index: number },
  uid: number | null,
  gid: number | null,
): StepResult {
  if (uid === null && gid === null) return DONE;
  const device = macvtapDevice(link);
  if (device === null) {
    return failed(
      `/sys does not show ${link.name} with index ${link.index}: it is gone, or /sys belongs to another network namespace`,
    );
  }
  let descriptor: number;
  try {
    descriptor = openSync(device.path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    return failed(`cannot reach ${device.path} of ${link.name}: ${errorCode(error) ?? messageOf(error)}`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isCharacterDevice() || stat.rdev !== device.rdev) {
      return failed(`${device.path} is the node of another device than ${link.name}`);
    }
    const node = `/proc/self/fd/${descriptor}`;
    // The kernel takes -1 for "leave it" (chown(2)).
    chownSync(node, uid ?? -1, gid ?? -1);
    chmodSync(node, MODE);
    return DONE;
  } catch (error) {
    return failed(
      `cannot set the owner of ${device.path} of ${link.name}: ${errorCode(error) ?? messageOf(error)}`,
    );
  } finally {
    closeSync(descriptor);
  }
}
