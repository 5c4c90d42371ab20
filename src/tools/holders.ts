import type { Held } from '../model/resource.ts';
import { type DescriptorScan, type OpenDevice, scanDescriptors } from './descriptors.ts';
import { isEarlierIncarnation } from './macvtap-descriptor.ts';
import { type MacvtapDevice, macvtapDevice, macvtapNode, makeDevice, readProc } from './macvtap-node.ts';
import { tapHolders } from './tap-holders.ts';

export interface GuestDevice {
  name: string;
  index: number;
  type: 'tap' | 'macvtap';
  up: boolean;
  /** LOWER_UP. */
  carrier: boolean;
}

/** /dev/net/tun: misc major, TUN_MINOR of linux/miscdevice.h */
const TUN = makeDevice(10, 200);

/**
 * Who has these guest devices open, by one scan of /proc for all, keyed by name. What cannot be told is `unknown`, and
 * counts as held. With `among` only those processes are looked at.
 */
export async function findHolders(
  links: readonly GuestDevice[],
  among: ReadonlySet<number> | null = null,
): Promise<Map<string, Held>> {
  const holders = new Map<string, Held>();
  if (links.length === 0) return holders;
  const devices = new Map<string, MacvtapDevice>();
  const numbers = new Set<number>();
  for (const link of links) {
    const device = link.type === 'macvtap' ? macvtapDevice(link) : null;
    if (device !== null) devices.set(link.name, device);
    if (device !== null) numbers.add(device.rdev);
    else if (link.type === 'tap') numbers.add(TUN);
  }
  const scan = scanDescriptors(numbers, among);
  const byNumber = groupByNumber(scan.devices);
  const tapCandidates = tapHolders(byNumber.get(TUN) ?? []);
  for (const link of links) {
    const device = devices.get(link.name);
    const held =
      link.type === 'tap'
        ? tapHeld(link, tapCandidates.get(link.name) ?? { here: [], elsewhere: [] }, scan)
        : macvtapHeld(link, device, byNumber.get(device?.rdev ?? -1) ?? [], scan);
    holders.set(link.name, held);
  }
  return holders;
}

/** The name of a process (proc_pid_comm(5)), null when it has ended. */
export function processName(pid: number): string | null {
  return readProc(`/proc/${pid}/comm`)?.trimEnd() ?? null;
}

/**
 * While a tap is up, its carrier is exactly whether a process has it (drivers/net/tun.c: it goes with the last queue).
 * Descriptors add who that is; and while it is down they are all there is to go by.
 */
function tapHeld(
  link: GuestDevice,
  candidates: { here: number[]; elsewhere: number[] },
  scan: DescriptorScan,
): Held {
  if (candidates.here.length > 0) return { is: 'held', pids: candidates.here };
  if (link.up) return link.carrier ? { is: 'held', pids: [] } : { is: 'free' };
  if (candidates.elsewhere.length > 0) {
    return {
      is: 'unknown',
      why: `process ${candidates.elsewhere.join(', ')} in another network namespace has a tap of this name open`,
    };
  }
  return scan.denied > 0 ? denied(scan) : { is: 'free' };
}

function macvtapHeld(
  link: GuestDevice,
  device: MacvtapDevice | undefined,
  open: readonly OpenDevice[],
  scan: DescriptorScan,
): Held {
  if (device === undefined) {
    return {
      is: 'unknown',
      why: `/sys does not show ${link.name} with index ${link.index}: it has just gone, or /sys belongs to another network namespace`,
    };
  }
  const present = open.length > 0 ? macvtapNode(device) : null;
  const live = open.filter((descriptor) => !isEarlierIncarnation(descriptor, link.index, present));
  if (live.length > 0) return { is: 'held', pids: [...new Set(live.map((descriptor) => descriptor.pid))] };
  return scan.denied > 0 ? denied(scan) : { is: 'free' };
}

function denied(scan: DescriptorScan): Held {
  return {
    is: 'unknown',
    why: `${scan.denied} processes may not be looked into without CAP_SYS_PTRACE (run as root)`,
  };
}

function groupByNumber(devices: readonly OpenDevice[]): Map<number, OpenDevice[]> {
  const groups = new Map<number, OpenDevice[]>();
  for (const device of devices) {
    const group = groups.get(device.node.rdev);
    if (group === undefined) groups.set(device.node.rdev, [device]);
    else group.push(device);
  }
  return groups;
}
