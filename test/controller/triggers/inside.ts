import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { linkMonitor } from '../../../src/controller/triggers/links.ts';
import { until } from '../../support/netns.ts';

/**
 * What runs in a namespace of the test's own, in a process of its own: the link monitor watches the namespace that it
 * is in.
 */

/** The kernel has one lock for the links of all namespaces, and other tests may hold it for long. */
const PATIENCE_S = 40;

function makeMonitor() {
  const seen = { events: 0, troubles: [] as string[] };
  const monitor = linkMonitor(
    () => {
      seen.events += 1;
    },
    (why) => seen.troubles.push(why),
  );
  return { monitor, seen };
}

function ip(batch: string): void {
  execFileSync('ip', ['-batch', '-'], { input: batch });
}

/** The `ip` that is our child. proc_pid_stat(5): pid (comm) state ppid. */
function monitorPid(): number | null {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const [, comm, , parent] =
        /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      if (comm === 'ip' && parent === String(process.pid)) return Number(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  return null;
}

/** With many links the monitor reads for long before it listens; nothing after `start` may be lost in that. */
export async function missesNothingAfterStart(links: number, rounds: number): Promise<number> {
  // No bridges: the kernel takes 17 ms for the end of each, and everybody waits for its lock meanwhile.
  ip(Array.from({ length: links }, (_, i) => `tuntap add dev t${i} mode tap\n`).join(''));
  let noticed = 0;
  for (let round = 0; round < rounds; round++) {
    const { monitor, seen } = makeMonitor();
    await monitor.start();
    const before = seen.events;
    ip(`link set dev t0 mtu ${1300 + round}\n`);
    await until('the change is told', () => seen.events > before, PATIENCE_S);
    noticed += 1;
    monitor.close();
    await until('the monitor is gone', () => monitorPid() === null, PATIENCE_S);
  }
  return noticed;
}

/** A killed monitor comes back, with an event for what was missed, and tells of what comes then. */
export async function survivesAKill(): Promise<string[]> {
  const { monitor, seen } = makeMonitor();
  await monitor.start();
  for (let round = 0; round < 3; round++) {
    const pid = monitorPid();
    if (pid === null) throw new Error('there is no monitor');
    const before = seen.events;
    process.kill(pid, 'SIGKILL');
    await until('there is another', () => seen.events > before && monitorPid() !== pid, PATIENCE_S);
    const restarted = seen.events;
    ip(`link add name c${round} type bridge\n`);
    await until('it tells', () => seen.events > restarted, PATIENCE_S);
  }
  monitor.close();
  await until('the monitor is gone', () => monitorPid() === null, PATIENCE_S);
  return seen.troubles;
}

/** The kernel drops messages for a monitor that does not read. */
export async function tellsOfAnOverflow(): Promise<{ troubles: string[]; after: boolean }> {
  const { monitor, seen } = makeMonitor();
  ip('tuntap add dev t0 mode tap\n');
  await monitor.start();
  const pid = monitorPid();
  if (pid === null) throw new Error('there is no monitor');
  process.kill(pid, 'SIGSTOP');
  ip(Array.from({ length: 5000 }, (_, i) => `link set dev t0 mtu ${1000 + (i % 2)}\n`).join(''));
  const before = seen.events;
  process.kill(pid, 'SIGCONT');
  await until('it tells of the overflow', () => seen.troubles.length > 0 && seen.events > before, PATIENCE_S);
  // It is the same process, and it goes on.
  const events = seen.events;
  ip('link add name d0 type bridge\n');
  await until('it tells', () => seen.events > events, PATIENCE_S);
  const after = monitorPid() === pid;
  monitor.close();
  return { troubles: [...new Set(seen.troubles)], after };
}
