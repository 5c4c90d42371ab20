import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, ToolMissing } from '../programs.ts';
import { runTool } from '../spawn.ts';
import { runForEach } from '../spawn-each.ts';
import type { ServicePaths } from './files.ts';
import { portHolders } from './port-holders.ts';
import { startUnit } from './systemd.ts';

/** dnsmasq is there in some 10 ms; on a machine that is busy with links it waits for the kernel. */
const TIMEOUT_MS = 30_000;
/** For the sockets of one that is replaced. */
const PATIENCE_MS = 5_000;
const POLL_MS = 20;

/** What dnsmasq says of a socket that it does not get (network.c, dhcp.c, dhcp6.c), and the port that it is about. */
const TAKEN = [
  { words: /failed to create listening socket .*: Address already in use/, port: 53 },
  { words: /failed to bind DHCP server socket: Address already in use/, port: 67 },
  { words: /failed to bind DHCPv6 server socket: Address already in use/, port: 547 },
];

/**
 * Starts dnsmasq and waits until it serves: its first process ends only when the second has its sockets, has read its
 * leases and has given up root. That one is in a session of its own and outlives us. Throws dnsmasq's words.
 */
export async function startDnsmasq(
  network: string,
  paths: ServicePaths,
  config: string,
  { systemd, replaces }: { systemd: boolean; replaces: boolean },
): Promise<void> {
  const program = findProgram('dnsmasq');
  if (program === null) throw new ToolMissing('dnsmasq');
  const args = [`--conf-file=${config}`];
  if (systemd) {
    await startUnit(network, paths, [program, ...args]).catch((error: Error) => {
      throw new Error(explained(error.message));
    });
    return;
  }
  const end = performance.now() + (replaces ? PATIENCE_MS : 0);
  for (;;) {
    const { exitCode, stderr } = await runTool(program, args, { timeoutMs: TIMEOUT_MS });
    if (exitCode === 0) return;
    const words = oneLine(stderr) || `exit ${exitCode}`;
    // What the one before has forked for a TCP query has its sockets for a moment longer.
    const soon = performance.now() < end && TAKEN.some((one) => one.words.test(words));
    if (!soon) throw new Error(explained(words));
    await sleep(POLL_MS);
  }
}

/** As `startDnsmasq` does without systemd, for many at once: whether all of them serve. Of those that do not, no words. */
export function startAll(configs: readonly string[]): Promise<boolean> {
  return runForEach('dnsmasq', (config) => [`--conf-file=${config}`], configs, {
    timeoutMs: TIMEOUT_MS,
  }).catch(
    // Which of them serve shows in what runs.
    () => false,
  );
}

/** Throws what dnsmasq has against a configuration. */
export async function checkConfig(config: string): Promise<void> {
  const { exitCode, stderr } = await runTool('dnsmasq', ['--test', `--conf-file=${config}`], {
    timeoutMs: TIMEOUT_MS,
    harmless: true,
  });
  if (exitCode !== 0) throw new Error(oneLine(stderr));
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function explained(words: string): string {
  const taken = TAKEN.find((one) => one.words.test(words));
  const said = words.startsWith('dnsmasq') ? words : `dnsmasq: ${words}`;
  if (taken === undefined) return said;
  const holders = portHolders(taken.port);
  if (holders.length === 0) return said;
  return `${said}. Port ${taken.port} is taken by ${holders.join(', ')}: let that one bind to its own interfaces only (dnsmasq: bind-dynamic), or end it`;
}
