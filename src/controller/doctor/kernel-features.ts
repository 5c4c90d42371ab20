import { release } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import { findProgram } from '../../tools/programs.ts';
import { runTool, ToolTimeout } from '../../tools/spawn.ts';
import type { Needs } from './subjects.ts';
import { readText } from './unit-files.ts';

export type Feature = 'bridge' | 'tap' | 'macvtap' | 'openvswitch';

export interface KernelFacts {
  /** Those that are not there, with the kernel's words. */
  missing: ReadonlyMap<Feature, string>;
  /** Why links could not be tried out; null when they were. */
  untried: string | null;
}

/**
 * A macvtap's node in /dev is named after its index, in all network namespaces alike: this one is far from those that
 * the kernel gives.
 */
const PROBE_INDEX = 2_100_000_000;
/** In the order of their lines; a bridge is a macvtap's parent, for nothing else is sure to be there. */
const PROBES = [
  ['bridge', 'link add name probe-bridge type bridge'],
  ['tap', 'tuntap add dev probe-tap mode tap'],
  ['macvtap', `link add link probe-bridge name probe-macvtap index ${PROBE_INDEX} type macvtap mode vepa`],
] as const;

/** Makes one link of each kind in a network namespace that goes with the process that makes them. */
export async function readKernel(root: string): Promise<KernelFacts> {
  const missing = new Map<Feature, string>();
  if (!hasOvsModule(root)) missing.set('openvswitch', `no module openvswitch for kernel ${release()}`);
  const untried = await tryLinks(missing);
  return { missing, untried };
}

async function tryLinks(missing: Map<Feature, string>): Promise<string | null> {
  const ip = findProgram('ip');
  if (ip === null || findProgram('unshare') === null)
    return 'ip or unshare (package util-linux) is not installed';
  const stdin = PROBES.map(([, line]) => `${line}\n`).join('');
  try {
    const words = ['--net', '--', ip, '-force', '-batch', '-'];
    const { exitCode, stderr } = await runTool('unshare', words, { stdin, timeoutMs: 10_000 });
    if (exitCode === 0) return null;
    const failed = failedLines(stderr);
    if (failed.size === 0) return stderr.trim().split('\n', 1)[0] ?? '';
    PROBES.forEach(([feature], i) => {
      const why = failed.get(i + 1);
      if (why !== undefined) missing.set(feature, why);
    });
    // Without a bridge its macvtap had no parent: that says nothing of macvtaps.
    if (missing.has('bridge')) missing.delete('macvtap');
    return null;
  } catch (error) {
    if (error instanceof ToolTimeout) return error.message;
    throw error;
  }
}

/** The kernel's words by line of a batch: they stand before `Command failed -:N`. */
export function failedLines(stderr: string): Map<number, string> {
  const failed = new Map<number, string>();
  let words: string[] = [];
  for (const line of stderr.split('\n')) {
    const number = /^Command failed -:(\d+)$/.exec(line.trim())?.[1];
    if (number === undefined) {
      if (line.trim() !== '') words.push(line.trim());
      continue;
    }
    failed.set(Number(number), words.join('; ') || 'it failed without a word');
    words = [];
  }
  return failed;
}

/** Loaded, built in or to be loaded; nothing is loaded for knowing it. */
function hasOvsModule(root: string): boolean {
  if (readText(join(root, 'proc/modules'))?.match(/^openvswitch /m)) return true;
  return ['modules.builtin', 'modules.dep'].some((file) =>
    readText(join(root, 'lib/modules', release(), file))?.includes('/openvswitch.ko'),
  );
}

const WITHOUT: Record<Feature, string> = {
  bridge: 'no bridge can be made: guests of bridge networks get no device',
  tap: 'no tap can be made: guests of bridge and Open vSwitch networks get no device',
  macvtap: 'no macvtap can be made: guests of direct networks get no device',
  openvswitch: 'Open vSwitch has no data path in the kernel: bridges with datapath system pass nothing',
};
const REMEDY: Record<Feature, string> = {
  bridge: 'modprobe bridge, or a kernel with CONFIG_BRIDGE',
  tap: 'modprobe tun, or a kernel with CONFIG_TUN; a container needs /dev/net/tun',
  macvtap: 'modprobe macvtap, or a kernel with CONFIG_MACVTAP',
  openvswitch:
    'modprobe openvswitch, a kernel with CONFIG_OPENVSWITCH, or datapath: netdev in the Host document',
};

export function judgeKernel({ missing, untried }: KernelFacts, needs: Needs): Finding[] {
  const needed: Record<Feature, boolean> = { ...needs, openvswitch: needs.ovsKernel };
  const findings = [...missing]
    .filter(([feature]) => needed[feature])
    .map(
      ([feature, found]): Finding => ({
        code: 'kernel-feature-missing',
        severity: 'error',
        message: WITHOUT[feature],
        found,
        hint: REMEDY[feature],
      }),
    );
  if (untried === null || !(needs.bridge || needs.tap || needs.macvtap)) return findings;
  return [
    ...findings,
    {
      code: 'kernel-features-unknown',
      severity: 'warning',
      message: 'whether the kernel can make the links that guests need could not be tried out',
      found: untried,
      hint: 'run this as root',
    },
  ];
}
