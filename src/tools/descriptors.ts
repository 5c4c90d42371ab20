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
 * Security modules and virtual machines' own init programs may deny even root a look into the first process. It starts
 * programs and is no guest's, so that alone does not make every device's state unknown.
 */
const INIT = '1';

/**
 * All descriptors of all processes, or of those of `among`, that are open on one of these device numbers. Two system
 * calls for each descriptor: only what has a path can be a device.
 */
export function scanDescriptors(
  numbers: ReadonlySet<number>,
  among: ReadonlySet<number> | null = null,
): DescriptorScan {
  const scan: DescriptorScan = { devices: [], denied: 0 };
  if (among !== null) {
    for (const pid of among) if (!scanProcess(String(pid), numbers, scan.devices)) scan.denied++;
    return scan;
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  // With the mount option hidepid others' processes are not even listed; the first one is always somebody's.
  if (!pids.includes(INIT)) scan.denied++;
  for (const pid of pids) {
    if (!scanProcess(pid, numbers, scan.devices) && pid !== INIT) scan.denied++;
  }
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
      // A descriptor that was closed meanwhile is no matter; a right that lacks, lacks for all of them.
      if (isDenied(error)) return false;
    }
  }
  return true;
}

function isDenied(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}
