import { join } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import { forwardChains, placeOf } from '../../tools/nft/foreign-drops.ts';
import { listNft } from '../../tools/nft/nft.ts';
import { findProgram } from '../../tools/programs.ts';
import { runTool } from '../../tools/spawn.ts';
import { readText } from './unit-files.ts';

export interface BridgeFirewallFacts {
  /** Families whose firewall sees frames that a Linux bridge forwards (br_netfilter). */
  calls: readonly ('ip' | 'ip6')[];
  /** Chains at the forward hook whose policy is drop; null where they could not be read. */
  drops: readonly ForwardChain[] | null;
}

export interface ForwardChain {
  family: string;
  table: string;
  chain: string;
  /** A rule accepts bridged frames as such, so the policy may never see them. */
  bridgedAccepted: boolean;
}

const SYSCTLS = { ip: 'bridge-nf-call-iptables', ip6: 'bridge-nf-call-ip6tables' } as const;
const TIMEOUT_MS = 10_000;
/** `physdev` is how iptables, `ibrname` how nft speaks of frames that a bridge forwards. */
const BRIDGED_ACCEPTED = /^.*(physdev|ibrname|ibrport).*(accept|-j ACCEPT).*$/im;

/** Loads no module: the sysctls are there only with br_netfilter, the old tables are asked only where they stand. */
export async function readBridgeFirewall(proc: string): Promise<BridgeFirewallFacts> {
  const isOn = (family: 'ip' | 'ip6') =>
    readText(join(proc, 'sys/net/bridge', SYSCTLS[family]))?.trim() === '1';
  const calls = (['ip', 'ip6'] as const).filter(isOn);
  if (calls.length === 0) return { calls, drops: [] };
  const nft = await nftDrops();
  return { calls, drops: nft === null ? null : [...nft, ...(await legacyDrops(proc))] };
}

export function judgeBridgeFirewall({ calls, drops }: BridgeFirewallFacts, usesBridges: boolean): Finding[] {
  if (!usesBridges || calls.length === 0) return [];
  const on = calls.map((family) => `net.bridge.${SYSCTLS[family]} = 1`).join(', ');
  const hint =
    `sysctl -w ${calls.map((family) => `net.bridge.${SYSCTLS[family]}=0`).join(' ')} (and in /etc/sysctl.d), ` +
    'or a rule before it that accepts bridged frames: iptables -I FORWARD -m physdev --physdev-is-bridged -j ACCEPT';
  if (drops === null) {
    return [
      {
        code: 'bridge-firewall-unknown',
        severity: 'warning',
        message: 'frames that bridges forward pass the firewall, and whether it drops them could not be read',
        found: `${on}; nft list chains gave nothing`,
        hint: 'run this as root, with the package nftables installed',
      },
    ];
  }
  return drops
    .filter(({ family }) => calls.some((call) => family === call || family === 'inet'))
    .map(({ family, table, chain, bridgedAccepted }) => ({
      code: 'bridge-firewall',
      severity: bridgedAccepted ? 'warning' : 'error',
      message: bridgedAccepted
        ? 'the firewall drops what guests on bridges send to one another, but for what its rules on bridged frames accept'
        : 'the firewall drops what guests on bridges send to one another and to the network',
      found: `${on}, and chain ${chain} of table ${family} ${table} at the forward hook has policy drop`,
      hint,
    }));
}

async function nftDrops(): Promise<ForwardChain[] | null> {
  const list = findProgram('nft') === null ? null : await listNft('chains');
  const chains = list?.ok ? forwardChains(list.json) : null;
  if (chains === null) return null;
  const drops = chains.filter(({ policy }) => policy === 'drop');
  return Promise.all(
    drops.map(async (one) => {
      const { family, table, name } = placeOf(one);
      const rules = await output('nft', ['list', 'table', family, table]);
      return { family, table, chain: name, bridgedAccepted: BRIDGED_ACCEPTED.test(rules ?? '') };
    }),
  );
}

/** Of the old tables, which nft does not show. */
async function legacyDrops(proc: string): Promise<ForwardChain[]> {
  const found: ForwardChain[] = [];
  for (const [family, names, tool] of [
    ['ip', 'ip_tables_names', 'iptables-legacy-save'],
    ['ip6', 'ip6_tables_names', 'ip6tables-legacy-save'],
  ] as const) {
    const stands =
      readText(join(proc, 'net', names))
        ?.split('\n')
        .includes('filter') ?? false;
    const rules = stands ? await output(tool, ['-t', 'filter']) : null;
    if (rules === null || !/^:FORWARD DROP\b/m.test(rules)) continue;
    found.push({ family, table: 'filter', chain: 'FORWARD', bridgedAccepted: BRIDGED_ACCEPTED.test(rules) });
  }
  return found;
}

/** What a program prints; null when it is not there or fails. */
async function output(tool: string, args: readonly string[]): Promise<string | null> {
  if (findProgram(tool) === null) return null;
  const { exitCode, stdout } = await runTool(tool, args, { timeoutMs: TIMEOUT_MS });
  return exitCode === 0 ? stdout : null;
}
