import type { Finding } from '../../model/finding.ts';
import { findProgram } from '../../tools/programs.ts';
import { runTool } from '../../tools/spawn.ts';

/** A socket that is bound to a port of DHCP or DNS. */
export interface BoundPort {
  port: number;
  /** null: every address. */
  address: string | null;
  /** The link that it is bound to; null: every link. */
  link: string | null;
  /** null where we may not know. */
  program: string | null;
  pid: number | null;
}

/** What this host serves by itself. */
export interface ServedPlaces {
  /** Of the host on the networks that it serves, without prefix length. */
  addresses: readonly string[];
  /** Of dnsmasqs of ours. */
  pids: ReadonlySet<number>;
}

const PORTS = '( sport = :53 or sport = :67 )';
const TIMEOUT_MS = 10_000;

/** By ss(8), which alone tells of the link that a socket is bound to. */
export async function readPorts(): Promise<BoundPort[]> {
  if (findProgram('ss') === null) return [];
  const looks = await Promise.all(
    ['-Hulnp', '-Htlnp'].map((flags) => runTool('ss', [flags, PORTS], { timeoutMs: TIMEOUT_MS })),
  );
  return looks.flatMap(({ stdout }) => stdout.split('\n').flatMap(parsePort));
}

/** `UNCONN 0 0 0.0.0.0%virbr0:67 0.0.0.0:* users:(("dnsmasq",pid=812,fd=4))` */
export function parsePort(line: string): BoundPort[] {
  const [, , , local = ''] = line.trim().split(/\s+/);
  const [, where = '', link = null, port] = /^(.*?)(?:%([^:]+))?:(\d+)$/.exec(local) ?? [];
  if (port === undefined) return [];
  const address = where.replace(/^\[(.*)\]$/, '$1');
  const [, program = null, pid = null] = /users:\(\("([^"]*)",pid=(\d+)/.exec(line) ?? [];
  const every = ['0.0.0.0', '::', '*'].includes(address);
  return [
    {
      port: Number(port),
      address: every ? null : address,
      link,
      program,
      pid: pid === null ? null : Number(pid),
    },
  ];
}

/** Another server in the way of ours, or one that guests may hear as well. */
export function judgePorts(bound: readonly BoundPort[], { addresses, pids }: ServedPlaces): Finding[] {
  const others = bound.filter(({ pid, link }) => link === null && (pid === null || !pids.has(pid)));
  const findings = others.flatMap((one): Finding[] => {
    const where = one.address === null ? 'every address' : one.address;
    const found = `${one.program ?? 'a process'}${one.pid === null ? '' : ` (pid ${one.pid})`} at port ${one.port} of ${where}`;
    if (one.port === 53 && (one.address === null || addresses.includes(one.address))) {
      return [
        {
          code: 'dns-port-taken',
          severity: 'error',
          message:
            'another DNS server has the port of the networks that this host serves: theirs cannot start',
          found,
          hint: 'let it listen on its own links or addresses only (dnsmasq: bind-dynamic with interface=; named: listen-on; unbound: interface:), or end it',
        },
      ];
    }
    if (one.port === 67 && one.address === null) {
      return [
        {
          code: 'dhcp-port-shared',
          severity: 'warning',
          message:
            'another DHCP server listens on every link: it may answer the guests of networks that this host serves, or keep theirs from starting',
          found,
          hint: 'let it listen on its own links only (dnsmasq: bind-dynamic with interface=), or end it',
        },
      ];
    }
    return [];
  });
  // A server has a socket for each family and protocol.
  return [...new Map(findings.map((one) => [`${one.code} ${one.found}`, one])).values()];
}
