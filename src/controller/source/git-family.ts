import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProc } from '../../tools/macvtap-node.ts';

/** Signals are given so often before the last word. */
const ASKED = 10;
const POLL_MS = 50;

/**
 * One call of git with all that it starts. A git that is told to end leaves its helpers for transport (git-remote-http,
 * ssh) waiting for the server, so they are known by a word in their environment, which each gives on to the next.
 */
export class GitFamily {
  private readonly word = `PLUMBLINE_GIT=${randomUUID()}`;

  get env(): Record<string, string> {
    const [name = '', value = ''] = this.word.split('=');
    return { [name]: value };
  }

  /** Ends whoever of it still runs, and waits until none does. What cannot be ended is left. */
  async end(): Promise<void> {
    for (let asked = 0; asked < 2 * ASKED; asked++) {
      const running = this.members();
      if (running.length === 0) return;
      for (const pid of running) signal(pid, asked < ASKED ? 'SIGTERM' : 'SIGKILL');
      await sleep(POLL_MS);
    }
  }

  private members(): number[] {
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    const ours = pids.filter((pid) => readProc(`/proc/${pid}/environ`)?.split('\0').includes(this.word));
    return ours.map(Number);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone meanwhile, or is another user's by a set-user-id program.
  }
}
