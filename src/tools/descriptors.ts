import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { errorCode } from './result.ts';

/** One open descriptor of a character device, in some process. */
export interface OpenDevice {
  pid: number;
  descriptor: string;
  /** As /proc shows it in the process's own mount namespace, ` (deleted)` included. */
  path: string;
  /** Of the node that it was opened by, which may be gone. */
  node: Stats;
}

export interface DescriptorScan {
  devices: OpenDevice[];
  /** Processes that could not be looked into. */
  denied: number;
}

/**
 * All descriptors of all processes that are open on one of these device numbers. Two system calls for each descriptor:
 * only what has a path can be a device.
 */
export function scanDescriptors(numbers: ReadonlySet<number>): DescriptorScan {
  const scan: DescriptorScan = { devices: [], denied: 0 };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  // With the mount option hidepid others' processes are not even listed; the first one is always somebody's.
  if (!pids.includes('1')) scan.denied++;
  for (const pid of pids) if (!scanProcess(pid, numbers, scan.devices)) scan.denied++;
  return scan;
}

/** false when there are no rights to look. A process that ended meanwhile holds nothing. */
function scanProcess(pid: string, numbers: ReadonlySet<number>, devices: OpenDevice[]): boolean {
  const directory = `/proc/${pid}/fd`;
  let descriptors: string[];
  try {
    descriptors = readdirSync(directory);
  } catch (error) {
    return !isDenied(error);
  }
  let allowed = true;
  for (const descriptor of descriptors) {
    const link = `${directory}/${descriptor}`;
    try {
      const path = readlinkSync(link);
      // `socket:[…]`, `pipe:[…]`, `anon_inode:…` are no devices.
      if (!path.startsWith('/')) continue;
      const node = statSync(link);
      if (node.isCharacterDevice() && numbers.has(node.rdev))
        devices.push({ pid: Number(pid), descriptor, path, node });
    } catch (error) {
      if (isDenied(error)) allowed = false;
    }
  }
  return allowed;
}

function isDenied(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}
