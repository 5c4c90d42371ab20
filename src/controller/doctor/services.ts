import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a service acts on the links of this network namespace: now, at the next boot, or not at all. */
export type ServiceState = 'running' | 'enabled' | 'off';

/** TASK_COMM_LEN - 1, linux/sched.h */
const COMM_MAX = 15;

/** Of a service whose main process is `program`. Asking systemctl would not tell of namespaces, nor on other inits. */
export function serviceState(program: string, root: string): ServiceState {
  if (runsHere(program, join(root, 'proc'))) return 'running';
  const units = join(root, 'etc/systemd/system');
  const wanted = ['multi-user.target.wants', 'network-online.target.wants', 'sysinit.target.wants'];
  return wanted.some((target) => existsSync(join(units, target, `${program}.service`))) ? 'enabled' : 'off';
}

function runsHere(program: string, proc: string): boolean {
  const comm = program.slice(0, COMM_MAX);
  const own = namespaceOf(proc, 'self');
  return pids(proc).some((pid) => {
    if (commOf(proc, pid) !== comm) return false;
    const theirs = namespaceOf(proc, pid);
    // Without the right to look it is assumed to be here: rather a warning too many.
    return own === null || theirs === null || own === theirs;
  });
}

function pids(proc: string): string[] {
  try {
    return readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function commOf(proc: string, pid: string): string | null {
  try {
    return readFileSync(join(proc, pid, 'comm'), 'utf8').trim();
  } catch {
    return null;
  }
}

function namespaceOf(proc: string, pid: string): string | null {
  try {
    return readlinkSync(join(proc, pid, 'ns/net'));
  } catch {
    return null;
  }
}
