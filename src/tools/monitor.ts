import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProc } from './macvtap-node.ts';
import { startTool } from './spawn.ts';

/** A program that tells of changes of the kernel's for as long as it runs. */
export interface MonitorProcess {
  /** Fulfilled when no later change is missed (or, at the latest, when the process is over). */
  ready: Promise<void>;
  /** Fulfilled when the process is over, with why. */
  ended: Promise<string>;
  close(): void;
}

export interface MonitorEvents {
  onChange(): void;
  /** The kernel dropped messages: anything may have changed. The process goes on. */
  onOverflow(): void;
}

interface Output {
  /** Pieces of what it prints, in an encoding that keeps bytes apart. */
  onOutput(piece: string): void;
  onWords(piece: string): void;
}

const NO_GROUPS = '00000000';
const LISTENING_POLL_MS = 5;
/** A dump may wait for the kernel's one lock of all network namespaces, so it can take long; after this it is taken at its word. */
const LISTENING_TIMEOUT_MS = 60_000;

/** Starts a program that listens to groups of netlink; it ends with us. Throws ToolMissing. */
export function startMonitor(tool: string, args: readonly string[], output: Output): MonitorProcess {
  const child = startTool(tool, args);
  let over = false;
  let lastWords = '';
  child.stdin?.end();
  // Only compared, never shown, and this one is the cheapest.
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => output.onOutput(piece));
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    lastWords = piece.trim();
    output.onWords(piece);
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

/** The whole lines of what a program prints piece by piece. */
export function lineReader(): (piece: string) => string[] {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    return lines;
  };
}

/**
 * `ip monitor` joins the groups, then reads the names of all links on the same socket and drops every event that comes
 * meanwhile (ip/ipmonitor.c, ll_init_map), and only then listens. So it listens when the socket has its groups and the
 * process sleeps: an answer to a dump never lets it wait. The same holds for `nft monitor` and the rules that it reads.
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
