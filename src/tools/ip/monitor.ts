import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProc } from '../macvtap-node.ts';
import { startTool } from '../spawn.ts';
import { MonitorLines } from './monitor-lines.ts';

export interface LinkMonitorProcess {
  /** Fulfilled when no later change is missed (or, at the latest, when the process is over). */
  ready: Promise<void>;
  /** Fulfilled when the process is over, with why. */
  ended: Promise<string>;
  close(): void;
}

export interface LinkMonitorEvents {
  onChange(): void;
  /** The kernel dropped messages: anything may have changed. The process goes on. */
  onOverflow(): void;
}

/** What iproute2 says of ENOBUFS on its socket (lib/libnetlink.c, rtnl_listen), after which it goes on. */
const OVERFLOW = 'No buffer space';
const NO_GROUPS = '00000000';
const LISTENING_POLL_MS = 5;
/** Its dump waits for the kernel's one lock of all network namespaces, so it can take long; after this it is taken at its word. */
const LISTENING_TIMEOUT_MS = 60_000;

/** One `ip monitor` on the links and addresses of this network namespace; it ends with us. Throws ToolMissing. */
export function monitorLinks(events: LinkMonitorEvents): LinkMonitorProcess {
  const child = startTool('ip', ['-N', '-o', '-d', 'monitor', 'link', 'address']);
  const lines = new MonitorLines();
  let over = false;
  let lastWords = '';
  child.stdin?.end();
  // Only compared, never shown: any encoding that keeps bytes apart will do, and this one is the cheapest.
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    if (lines.push(piece)) events.onChange();
  });
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    lastWords = piece.trim();
    if (!piece.includes(OVERFLOW)) return;
    lines.forget();
    events.onOverflow();
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal;
      resolve(lastWords === '' ? how : `${how}: ${lastWords}`);
    });
  }).then((why) => {
    over = true;
    return why;
  });
  return {
    ready: untilListening(child.pid ?? -1, () => over),
    ended,
    close: () => void child.kill('SIGKILL'),
  };
}

/**
 * `ip monitor` joins the groups, then reads the names of all links on the same socket and drops every event that comes
 * meanwhile (ip/ipmonitor.c, ll_init_map), and only then listens. So it listens when the socket has its groups and the
 * process sleeps: an answer to a dump never lets it wait.
 */
async function untilListening(pid: number, isOver: () => boolean): Promise<void> {
  for (const end = performance.now() + LISTENING_TIMEOUT_MS; performance.now() < end && !isOver(); ) {
    if (hasGroups(pid) && isAsleep(pid)) return;
    await sleep(LISTENING_POLL_MS);
  }
}

/**
 * /proc/net/netlink, of our own network namespace: `sk Eth Pid Groups … Inode`. The port number in `Pid` is the process's
 * only if the kernel has already forgotten an earlier socket of it, so the socket is known by its inode.
 */
function hasGroups(pid: number): boolean {
  const rows = (readProc('/proc/net/netlink')?.split('\n') ?? []).map((row) => row.trim().split(/\s+/));
  const inodes = new Set(rows.flatMap((row) => (row[3] === NO_GROUPS ? [] : (row.at(-1) ?? []))));
  return sockets(pid).some((inode) => inodes.has(inode));
}

function sockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
      return inode ?? [];
    });
  } catch {
    // It has just ended, or has just closed one of them.
    return [];
  }
}

/** proc_pid_stat(5): the state stands behind the command's name in parentheses. */
function isAsleep(pid: number): boolean {
  return /\) S /.test(readProc(`/proc/${pid}/stat`) ?? '');
}
