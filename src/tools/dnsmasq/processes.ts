import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProc } from '../macvtap-node.ts';
import { errorCode } from '../result.ts';
import { isConfigName, isServiceName, listDirectory } from './files.ts';

/** A dnsmasq of ours in this network namespace. */
export interface ServiceProcess {
  pid: number;
  /** The network's name. */
  name: string;
  /** The name of the configuration file that it was started with. */
  config: string;
}

const OPTION = '--conf-file=';
/** dnsmasq ends on SIGTERM at once; on a busy machine it may have to wait for its turn. */
const PATIENCE_MS = 5_000;
const POLL_MS = 2;

/**
 * All of them, known by the configuration file on their command line, below `directory`. Anybody can write what he
 * likes on his own, so only those of `uids` count. One that has ended and was not waited for (a zombie) has no command
 * line. What dnsmasq forks for a TCP query has dnsmasq's own, so only parents count.
 */
export function findProcesses(directory: string, uids: ReadonlySet<number>): ServiceProcess[] {
  const found = new Map<number, ServiceProcess>();
  for (const entry of listDirectory('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const place = placeOf(readProc(`/proc/${entry}/cmdline`), directory);
    const pid = Number(entry);
    if (place !== null && uids.has(uidOf(pid)) && isHere(pid)) found.set(pid, { pid, ...place });
  }
  return [...found.values()].filter(({ pid }) => !found.has(parentOf(pid)));
}

function placeOf(commandLine: string | null, directory: string): { name: string; config: string } | null {
  if (!commandLine?.includes(OPTION)) return null;
  const prefix = `${OPTION}${directory}/`;
  const option = commandLine.split('\0').find((word) => word.startsWith(prefix));
  const [name, config, more] = option?.slice(prefix.length).split('/') ?? [];
  if (name === undefined || config === undefined || more !== undefined) return null;
  return isServiceName(name) && isConfigName(config) ? { name, config } : null;
}

/** Whether it is in our network namespace. Without the right to look, the path of its file has to do. */
function isHere(pid: number): boolean {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino === statSync('/proc/self/ns/net').ino;
  } catch (error) {
    return errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM';
  }
}

/** proc_pid_status(5): `Uid:` real, effective, saved, of the file system. */
function uidOf(pid: number): number {
  const uid = /^Uid:\s+(\d+)/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  return uid === undefined ? -1 : Number(uid);
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1] ?? 0);
}

/** Ends them and waits until they are gone. Throws when one may not be ended, or does not end. */
export async function endProcesses(processes: readonly ServiceProcess[]): Promise<void> {
  const begun = processes.map(({ pid }) => ({ pid, since: startOf(pid) }));
  for (const { pid } of processes) signalProcess(pid, 'SIGTERM');
  const end = performance.now() + PATIENCE_MS;
  for (const { pid, since } of begun) {
    while (since !== null && startOf(pid) === since) {
      if (performance.now() > end) throw new Error(`dnsmasq (pid ${pid}) does not end on SIGTERM`);
      await sleep(POLL_MS);
    }
  }
}

/** A process that has gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    if (errorCode(error) !== 'EPERM') throw error;
    throw new Error(`no right to send ${signal} to dnsmasq (pid ${pid}): it takes root with CAP_KILL`);
  }
}

/**
 * When a process began, in clock ticks since the machine was booted, by which it is told from another that gets its
 * number later. null for none, and for one that has ended and was not waited for: a zombie (`Z`) has given up its sockets,
 * which a process does after its memory, and with that its command line (do_exit, kernel/exit.c). Some 20 µs.
 */
export function startOf(pid: number): string | null {
  const fields = statOf(pid);
  const [state = 'Z', since] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' ? null : (since ?? null);
}

/** proc_pid_stat(5): the fields from the third on; the second is in parentheses and may hold any. */
function statOf(pid: number): string[] {
  const stat = readProc(`/proc/${pid}/stat`) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
