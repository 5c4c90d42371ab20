import { readFileSync, readlinkSync } from 'node:fs';
import type { Namespace } from './netns.ts';

export function processesIn(ns: Namespace): { pid: number; command: string }[] {
  const pids = ns.exec('ip', 'netns', 'pids', ns.name).split('\n').filter(Boolean).map(Number);
  return pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return command.startsWith('ip netns pids') ? [] : [{ pid, command }];
    } catch {
      return [];
    }
  });
}

/** Daemons of a host that a test leaves as it is would outlive it, and keep the namespace. */
export function endAll(ns: Namespace): void {
  for (const { pid } of processesIn(ns)) {
    try {
      // Still in the namespace, so still one of ours.
      if (readlinkSync(`/proc/${pid}/ns/net`)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}
