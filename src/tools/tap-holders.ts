import { readlinkSync } from 'node:fs';
import type { OpenDevice } from './descriptors.ts';
import { readProc } from './macvtap-node.ts';

/** Processes that have a tap of some name open. */
export interface TapCandidates {
  /** Processes of our own network namespace. */
  here: number[];
  /** Processes of others, whose own namespace has no link of that name, so that theirs may be ours. */
  elsewhere: number[];
}

/**
 * By tap name, the processes that have it open. A descriptor's `iff` (drivers/net/tun.c, tun_chr_show_fdinfo) is a name
 * in the namespace in which the tap stands, and that is not told; most often it is the process's own. So a process of
 * another namespace that has a link of that name itself does not count.
 */
export function tapHolders(descriptors: readonly OpenDevice[]): Map<string, TapCandidates> {
  const holders = new Map<string, TapCandidates>();
  const own = networkNamespace('self');
  for (const { pid, descriptor } of descriptors) {
    const name = /^iff:\t(\S+)$/m.exec(readProc(`/proc/${pid}/fdinfo/${descriptor}`) ?? '')?.[1];
    if (name === undefined) continue;
    const candidates = holders.get(name) ?? { here: [], elsewhere: [] };
    holders.set(name, candidates);
    const namespace = networkNamespace(pid);
    // Where its namespace may not be seen it counts as ours.
    if (namespace === null || namespace === own) add(candidates.here, pid);
    else if (!hasLink(pid, name)) add(candidates.elsewhere, pid);
  }
  return holders;
}

function add(pids: number[], pid: number): void {
  if (!pids.includes(pid)) pids.push(pid);
}

function networkNamespace(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

/** /proc/PID/net/dev lists the links of that process's namespace. */
function hasLink(pid: number, name: string): boolean {
  const lines = readProc(`/proc/${pid}/net/dev`)?.split('\n') ?? [];
  return lines.some((line) => line.trimStart().startsWith(`${name}:`));
}
