import type { Probe } from '../../desired/documents.ts';
import { probePing } from './ping.ts';
import { probeTcp } from './tcp.ts';

export interface ProbeResult {
  probe: Probe;
  ok: boolean;
  /** Why it failed, in a few words; null when it passed. */
  message: string | null;
}

export interface ProbeOptions {
  /** Milliseconds for each probe; all run at once, so that is about how long they take together. */
  timeoutMs: number;
}

/** One failing attempt of a second probe comes well within a rollback's timeout. */
const DEFAULTS: ProbeOptions = { timeoutMs: 2000 };

/** Asks all at once, and gives the answers in the order of the probes. A probe that fails is a result, never thrown. */
export async function runProbes(
  probes: readonly Probe[],
  options: ProbeOptions = DEFAULTS,
): Promise<ProbeResult[]> {
  return Promise.all(
    probes.map(async (probe) => {
      const message = await ask(probe, options.timeoutMs);
      return { probe, ok: message === null, message };
    }),
  );
}

function ask(probe: Probe, timeoutMs: number): Promise<string | null> {
  return 'ping' in probe ? probePing(probe.ping, timeoutMs) : probeTcp(probe.tcp, timeoutMs);
}

/** `ping 192.0.2.1`, `tcp git.example:22` */
export function probeText(probe: Probe): string {
  return 'ping' in probe ? `ping ${probe.ping}` : `tcp ${probe.tcp}`;
}
