import { join } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import type { Needs } from './subjects.ts';
import { readText } from './unit-files.ts';

/** Bits of linux/capability.h. */
const CAPABILITIES = {
  CAP_CHOWN: 0,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_KILL: 5,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_PTRACE: 19,
} as const;

type Capability = keyof typeof CAPABILITIES;

/** The effective set of this process; null where /proc does not tell. */
export function readCapabilities(proc: string): bigint | null {
  const text = readText(join(proc, 'self/status')) ?? '';
  const hex = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(text)?.[1];
  return hex === undefined ? null : BigInt(`0x${hex}`);
}

export function judgeRights(effective: bigint | null, needs: Needs): Finding[] {
  if (effective === null) return [];
  const lacks = (names: readonly Capability[]) =>
    names.filter((name) => (effective & (1n << BigInt(CAPABILITIES[name]))) === 0n);
  const findings: Finding[] = [];
  const judge = (severity: Finding['severity'], names: readonly Capability[], without: string) => {
    const missing = lacks(names);
    if (missing.length === 0) return;
    findings.push({
      code: 'right-missing',
      severity,
      message: `without ${missing.join(' and ')} ${without}`,
      found: `effective capabilities 0x${effective.toString(16)}`,
      hint: 'run it as root, or as examples/systemd/plumbline.service does, with AmbientCapabilities for another user',
    });
  };
  judge('error', ['CAP_NET_ADMIN'], 'no link can be made or changed: guests get no devices');
  judge(
    'warning',
    ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'],
    'it cannot be told which guest holds a device, so each counts as held: none is replaced, and none of a guest that left is removed',
  );
  if (needs.accounts && needs.macvtap) {
    judge(
      'error',
      ['CAP_CHOWN', 'CAP_FOWNER'],
      "macvtap nodes cannot be given to the guests' account: QEMU is refused",
    );
  }
  if (needs.service) {
    judge(
      'error',
      ['CAP_KILL'],
      'no dnsmasq can be told of a new reservation or ended, for it runs as another user',
    );
  }
  if (needs.ping) {
    judge('warning', ['CAP_NET_RAW'], 'ping may be refused, and then the probes of spec.safety fail');
  }
  return findings;
}
