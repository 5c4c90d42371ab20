import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { findProgram } from '../programs.ts';
import { runTool } from '../spawn.ts';
import type { ServicePaths } from './files.ts';

/** A unit's start waits for dnsmasq, and that for nothing but its turn. */
const TIMEOUT_MS = 30_000;

/**
 * Whether systemd can have our dnsmasq: it runs this machine, and a unit of it would be in the same network namespace
 * as we are.
 */
export function hasSystemd(): boolean {
  if (!existsSync('/run/systemd/system') || process.pid === 1) return false;
  if (findProgram('systemd-run') === null || findProgram('systemctl') === null) return false;
  try {
    return statSync('/proc/1/ns/net').ino === statSync('/proc/self/ns/net').ino;
  } catch {
    return false;
  }
}

export function unitName(network: string): string {
  return `plumbline-dns-${network}.service`;
}

/**
 * What a transient unit for a network is started with: `Type=forking`, for dnsmasq's first process ends when its second
 * one serves. It writes nothing but its leases.
 */
export function unitArguments(network: string, paths: ServicePaths, command: readonly string[]): string[] {
  const properties = [
    `Description=DHCP and DNS of the network ${network} (Plumbline)`,
    'Type=forking',
    'Restart=on-failure',
    'RestartSec=500ms',
    // CAP_NET_ADMIN: neighbours of DHCP clients. CAP_NET_RAW: ICMP. CAP_SETUID, CAP_SETGID: to give up root.
    'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    `ReadWritePaths=${dirname(paths.leases)}`,
    'ProtectHome=read-only',
    'ProtectKernelModules=yes',
    'ProtectControlGroups=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'LockPersonality=yes',
    'MemoryDenyWriteExecute=yes',
    'SystemCallArchitectures=native',
  ];
  return [
    '--quiet',
    '--collect',
    `--unit=${unitName(network)}`,
    ...properties.map((property) => `--property=${property}`),
    '--',
    ...command,
  ];
}

/** Starts a unit, and waits until it serves. Throws dnsmasq's own words, which are in the journal. */
export async function startUnit(
  network: string,
  paths: ServicePaths,
  command: readonly string[],
): Promise<void> {
  const args = unitArguments(network, paths, command);
  const { exitCode, stderr } = await runTool('systemd-run', args, { timeoutMs: TIMEOUT_MS });
  if (exitCode === 0) return;
  const words = await lastWords(unitName(network));
  throw new Error(words === '' ? `systemd-run: ${stderr.trim()}` : words);
}

/** Ends these units, also one that waits to be started again. Those that there are not, are no error. */
export async function stopUnits(networks: readonly string[]): Promise<void> {
  if (networks.length === 0) return;
  await runTool('systemctl', ['stop', '--quiet', '--', ...networks.map(unitName)], { timeoutMs: TIMEOUT_MS });
}

async function lastWords(unit: string): Promise<string> {
  if (findProgram('journalctl') === null) return '';
  const args = [
    '--no-pager',
    '--quiet',
    '--output=cat',
    '--lines=5',
    '--identifier=dnsmasq',
    `--unit=${unit}`,
  ];
  const { stdout } = await runTool('journalctl', args, { timeoutMs: TIMEOUT_MS });
  // Its very last words say only that it failed.
  const lines = stdout.trim().split('\n');
  return lines.filter((line) => !line.includes('FAILED to start up')).at(-1) ?? '';
}
