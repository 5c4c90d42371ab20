import type { Probe, Safety } from '../../desired/documents.ts';
import type { Problem } from '../../model/problem.ts';
import type { ProbeResult } from './probes.ts';
import { probeText, runProbes } from './probes.ts';

/** Between two attempts of probes that fail. */
const PAUSE_MS = 500;
/** Host.spec.safety.timeout, where the documents leave it out. */
const DEFAULT_TIMEOUT_MS = 30_000;

export interface GuardOptions {
  probes: readonly Probe[];
  /** How long a probe that passed before may fail afterwards. */
  timeoutMs: number;
  /** Told before the run which probes must pass after it: what a crash in the run must not make us forget. */
  onBegin?(passed: readonly Probe[]): void;
  /** Ends the wait for probes; the verdict is then 'interrupted'. */
  signal?: AbortSignal;
  /** Called again and again while probes are waited for. */
  onAlive?(): void;
  /** Told which have not come back yet, none while the first answers are awaited, and until when they may. */
  onFailing?(failing: readonly ProbeResult[], until: number): void;
}

export interface Guarded<T> {
  outcome: T;
  verdict: ProbeVerdict;
}

/** `interrupted`: the wait was ended before the probes could tell. */
export type ProbeVerdict =
  | { is: 'ok' }
  | { is: 'failed'; failing: ProbeResult[] }
  | { is: 'interrupted'; failing: ProbeResult[] };

/**
 * A run that must not cut the host off: asks the probes, runs, and asks those again that had passed, until all of them
 * pass or the time is over. A probe that failed before the run says nothing of it. What `run` throws is thrown.
 */
export async function guardRun<T>(options: GuardOptions, run: () => Promise<T>): Promise<Guarded<T>> {
  const before = await runProbes(options.probes);
  options.onAlive?.();
  const passed = before.filter(({ ok }) => ok).map(({ probe }) => probe);
  options.onBegin?.(passed);
  const outcome = await run();
  return { outcome, verdict: await awaitProbes(passed, options) };
}

/** Asks until all of them pass at once. */
export async function awaitProbes(
  passed: readonly Probe[],
  { timeoutMs, signal, onAlive, onFailing }: Omit<GuardOptions, 'probes' | 'onBegin'>,
): Promise<ProbeVerdict> {
  const end = Date.now() + timeoutMs;
  if (passed.length > 0) onFailing?.([], end);
  while (passed.length > 0) {
    onAlive?.();
    const failing = (await runProbes(passed)).filter(({ ok }) => !ok);
    if (failing.length === 0) break;
    onFailing?.(failing, end);
    if (Date.now() >= end) return { is: 'failed', failing };
    await sleep(Math.min(PAUSE_MS, end - Date.now()), signal);
    if (signal?.aborted) return { is: 'interrupted', failing };
  }
  return { is: 'ok' };
}

/** The documents' `30s` or `2m` in milliseconds. */
export function safetyTimeoutMs({ timeout }: Safety): number {
  if (timeout === undefined) return DEFAULT_TIMEOUT_MS;
  const count = Number.parseInt(timeout, 10);
  return count * (timeout.endsWith('m') ? 60_000 : 1000);
}

/** What a rejection says of the probes that failed. */
export function probeProblems(failing: readonly ProbeResult[], timeoutMs: number): Problem[] {
  return failing.map(({ probe, message }) => ({
    code: 'probe-failed',
    severity: 'error',
    message: `${probeText(probe)} passed before this revision was applied and failed for ${timeoutMs / 1000} s after it: ${message ?? 'no answer'}`,
    source: null,
    hint: 'the host went back to the last good documents; this revision is tried again by itself, with growing delays',
  }));
}

/** The same of probes that fail still when the revision is due again. */
export function stillProblems(failing: readonly ProbeResult[]): Problem[] {
  return failing.map(({ probe, message }) => ({
    code: 'probe-failed',
    severity: 'error',
    message: `${probeText(probe)} failed after this revision was applied, and fails now at the last good one: ${message ?? 'no answer'}`,
    source: null,
    hint: 'the cause may be elsewhere; this revision is tried again by itself once the probe passes, with growing delays',
  }));
}

const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;

/** When to try a revision again that `failures` (1 or more) runs had to take back: a minute, doubled each time, at most an hour. */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1), LAST_RETRY_MS);
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    signal?.addEventListener('abort', done);
  });
}
