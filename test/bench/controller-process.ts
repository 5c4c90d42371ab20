import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** proc_pid_stat(5) counts in clock ticks, 100 a second. */
const TICKS = 100;
/** Without a tick for so long the controller has nothing to do. */
const QUIET_MS = 600;
const POLL_MS = 1;
const PATIENCE_MS = 120_000;

/** A controller under measurement, and what it costs. */
export class ControllerProcess {
  private readonly child: ChildProcess;
  private words = '';

  constructor(program: string, argv: readonly string[], env: Record<string, string>) {
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', process.execPath, program, ...argv], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.words = (this.words + text).slice(-4000);
    });
  }

  /** Waits for something that the controller brings about. Throws when it has ended, or takes for ever. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (const end = performance.now() + PATIENCE_MS; !holds(); await sleep(POLL_MS)) {
      if (this.child.exitCode !== null || performance.now() > end) {
        throw new Error(`the controller did not bring about: ${what}\n${this.words}`);
      }
    }
  }

  async untilQuiet(): Promise<void> {
    for (let before = -1, now = this.cpu(); now !== before; now = this.cpu()) {
      before = now;
      await sleep(QUIET_MS);
    }
  }

  /** Seconds of processor time so far, its children's too, those that run and those that have ended. */
  cpu(): number {
    const ticks = [this.pid, ...this.children()].flatMap((pid) => statOf(pid)?.slice(11, 15) ?? []);
    return ticks.reduce((sum, field) => sum + Number(field), 0) / TICKS;
  }

  /** Bytes of resident memory: its own now, its own at most, and its children's now. */
  memory(): { own: number; peak: number; children: number } {
    const children = this.children().map((pid) => memoryOf(pid, 'VmRSS'));
    return {
      own: memoryOf(this.pid, 'VmRSS'),
      peak: memoryOf(this.pid, 'VmHWM'),
      children: children.reduce((sum, bytes) => sum + bytes, 0),
    };
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }

  /** setpriv replaces itself by the program. */
  private get pid(): number {
    return this.child.pid ?? -1;
  }

  private children(): number[] {
    const all = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return all.filter((pid) => Number(statOf(pid)?.[1]) === this.pid);
  }
}

/** The fields behind the command's name: state, ppid … utime is the 12th, cstime the 15th. */
function statOf(pid: number): string[] | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** A line of proc_pid_status(5), in kibibytes there. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const text = readProc(`/proc/${pid}/status`) ?? '';
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
