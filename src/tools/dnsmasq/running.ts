import { serviceAccount } from './account.ts';
import { readText, servicePaths, servicesDirectory, textLines } from './files.ts';
import { findProcesses, startOf } from './processes.ts';

/** A dnsmasq that runs, told from another that gets its number later. */
export interface RunningService {
  pid: number;
  /** As `startOf` has it. */
  since: string;
}

/** By network, those that run in this network namespace. */
export async function findRunning(env: NodeJS.ProcessEnv): Promise<Map<string, RunningService>> {
  const { uids } = await serviceAccount();
  const running = new Map<string, RunningService>();
  for (const { name, pid } of findProcesses(servicesDirectory(env), uids)) {
    const since = startOf(pid);
    if (since !== null) running.set(name, { pid, since });
  }
  return running;
}

/** By its entry in /proc alone. */
export function stillRuns({ pid, since }: RunningService): boolean {
  return startOf(pid) === since;
}

/**
 * Leases of a network that hold, by both families; null where there is no file. Lines of dnsmasq's own form: the end in
 * seconds since the epoch (0 for never), and more; before those for IPv6 a line with the server's own identifier.
 */
export function countLeases(network: string, env: NodeJS.ProcessEnv, now: number): number | null {
  const text = readText(servicePaths(network, env).leases);
  if (text === null) return null;
  return textLines(text).filter((line) => {
    const end = /^(\d+) /.exec(line)?.[1];
    return end !== undefined && (end === '0' || Number(end) * 1000 > now);
  }).length;
}
