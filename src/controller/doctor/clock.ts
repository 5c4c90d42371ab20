import type { Finding } from '../../model/finding.ts';
import { findProgram } from '../../tools/programs.ts';
import { runTool, ToolTimeout } from '../../tools/spawn.ts';
import { git } from '../source/git.ts';

export interface ClockFacts {
  now: number;
  /** Of the newest commits of the repository that the documents lie in; times in milliseconds. */
  commits: readonly { id: string; at: number }[];
  /** Whether the kernel's clock is kept by NTP; null where that is not to be known. */
  synchronised: boolean | null;
}

/** Commits looked at. */
const COMMITS = 200;
/** What two clocks may differ by before it means something. Milliseconds. */
const TOLERANCE = 60_000;

export async function readClock(directory: string): Promise<ClockFacts> {
  const [commits, synchronised] = await Promise.all([readCommits(directory), readSynchronised()]);
  return { now: Date.now(), commits, synchronised };
}

export function judgeClock({ now, commits, synchronised }: ClockFacts): Finding[] {
  const findings: Finding[] = [];
  const future = commits.filter(({ at }) => at > now + TOLERANCE).sort((a, b) => b.at - a.at);
  const [latest] = future;
  if (latest !== undefined) {
    findings.push({
      code: 'commit-in-future',
      severity: 'warning',
      message:
        `this clock is slow, or that of whoever committed is fast: signatures are judged by dates, and ${count(future.length)} of the ` +
        'desired state may be refused, so that guests stay as they were',
      found: `commit ${latest.id.slice(0, 7)} of ${moment(latest.at)}, here it is ${moment(now)}`,
      hint: 'compare: date -u here and on the machine that committed; then set the wrong one, best by chrony or systemd-timesyncd',
    });
  }
  if (synchronised === false) {
    findings.push({
      code: 'clock-unsynchronised',
      severity: 'warning',
      message:
        'nothing keeps this clock right: as it drifts, signatures and TLS certificates are judged by a wrong date, and new commits are refused',
      found: 'timedatectl: NTPSynchronized=no',
      hint: 'apt install chrony, or timedatectl set-ntp true',
    });
  }
  return findings;
}

async function readCommits(directory: string): Promise<ClockFacts['commits']> {
  let text: string;
  try {
    text = await git(directory, ['log', `--max-count=${COMMITS}`, '--format=%H %ct', 'HEAD', '--']);
  } catch {
    // No repository, none that git trusts, or no directory: then no commits are judged here.
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, id, seconds] = /^([0-9a-f]{40,64}) (\d{1,15})$/.exec(line) ?? [];
    return id === undefined || seconds === undefined ? [] : [{ id, at: Number(seconds) * 1000 }];
  });
}

/** By adjtimex(2), as timedated reads it. */
async function readSynchronised(): Promise<boolean | null> {
  if (findProgram('timedatectl') === null) return null;
  try {
    const words = ['show', '--property=NTPSynchronized', '--value'];
    const { exitCode, stdout } = await runTool('timedatectl', words, { timeoutMs: 3000 });
    if (exitCode !== 0) return null;
    return stdout.trim() === 'yes' ? true : stdout.trim() === 'no' ? false : null;
  } catch (error) {
    if (error instanceof ToolTimeout) return null;
    throw error;
  }
}

function count(commits: number): string {
  return commits === 1 ? 'a commit' : `${commits} commits`;
}

/** Commits may bear any date, also those that Date cannot tell. */
function moment(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : `${at / 1000} s after 1970`;
}
