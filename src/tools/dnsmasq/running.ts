import { readProc } from '../macvtap-node.ts';
import { serviceAccount } from './account.ts';
import { readText, servicePaths, servicesDirectory, textLines } from './files.ts';
import { findProcesses } from './processes.ts';

/** A dnsmasq that runs, told from another that gets its number later. */
export interface RunningService {
  pid: number;
  /** In clock ticks since the machine was booted. */
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

/** By its entry in /proc alone: it costs some 20 µs. */
export function stillRuns({ pid, since }: RunningService): boolean {
  return startOf(pid) === since;
}

/** null for none, and for one that has ended and was not waited for (`Z`). proc_pid_stat(5): 3 is the state, 22 the start. */
function startOf(pid: number): string | null {
  const stat = readProc(`/proc/${pid}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = 'Z', since] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' ? null : (since ?? null);
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
