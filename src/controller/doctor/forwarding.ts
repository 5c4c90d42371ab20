import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import { readText } from './unit-files.ts';

/** Where this host forwards for networks that it serves: what else bears on that. */
export interface ForwardingFacts {
  /** net.ipv4.ip_forward: the machine as a whole. */
  router: boolean;
  /** `/etc/sysctl.d/99-hardening.conf: net.ipv4.ip_forward = 0` */
  turnedOff: readonly string[];
  /** Name servers of the host itself. */
  resolvers: readonly string[];
}

/** sysctl.d(5), in the order of precedence; a file hides those of its name in later ones. */
const FOLDERS = ['etc/sysctl.d', 'run/sysctl.d', 'usr/local/lib/sysctl.d', 'usr/lib/sysctl.d'];
/** Each takes forwarding from every link at once (devinet.c, inet_forward_change; addrconf.c, addrconf_fixup_forwarding). */
const OFF = /^\s*-?(net[./]ipv4[./]ip_forward|net[./]ipv[46][./]conf[./]all[./]forwarding)\s*=\s*0\s*$/;

export function readForwarding(root: string): ForwardingFacts {
  return {
    router: readText(join(root, 'proc/sys/net/ipv4/ip_forward'))?.trim() === '1',
    turnedOff: sysctlFiles(root).flatMap((file) => {
      const lines = readText(join(root, file))?.split('\n') ?? [];
      return lines.flatMap((line) => (OFF.test(line) ? [`/${file}: ${line.trim()}`] : []));
    }),
    resolvers: [
      ...(readText(join(root, 'etc/resolv.conf')) ?? '').matchAll(/^\s*nameserver\s+(\S+)/gm),
    ].flatMap(([, server]) => server ?? []),
  };
}

function sysctlFiles(root: string): string[] {
  const files = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const name of namesIn(join(root, folder))) {
      if (name.endsWith('.conf') && !files.has(name)) files.set(name, `${folder}/${name}`);
    }
  }
  return [...files.values(), 'etc/sysctl.conf'];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** `forwards`: for some network; `resolves`: names for guests of one, by the host's own name servers. */
export function judgeForwarding(
  { router, turnedOff, resolvers }: ForwardingFacts,
  { forwards, resolves }: { forwards: boolean; resolves: boolean },
): Finding[] {
  const findings: Finding[] = [];
  if (forwards && router) {
    findings.push({
      code: 'host-is-router',
      severity: 'warning',
      message:
        'this host routes IPv4 between all of its links, not only for the networks that it serves: Plumbline leaves that as it is',
      found: 'net.ipv4.ip_forward = 1',
      hint: 'if nothing else needs it (Docker does): sysctl -w net.ipv4.ip_forward=0; Plumbline turns forwarding on for the links that need it',
    });
  }
  if (forwards && turnedOff.length > 0) {
    findings.push({
      code: 'forwarding-turned-off',
      severity: 'warning',
      message:
        'whenever these settings are applied, guests lose their way out for as long as it takes to repair that',
      found: turnedOff.join('; '),
      hint: 'take the line out, for it is the default: links that need no forwarding have none',
    });
  }
  if (resolves && resolvers.length === 0) {
    findings.push({
      code: 'no-resolver',
      severity: 'warning',
      message: 'this host has no name server to ask: guests resolve no names but those of their networks',
      found: 'no nameserver in /etc/resolv.conf',
      hint: 'give the networks spec.dns.forwarders, or the host a name server',
    });
  }
  return findings;
}
