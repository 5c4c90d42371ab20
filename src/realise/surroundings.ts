import type { ForeignDrop, HostState } from '../model/host.ts';
import type { Problem } from '../model/problem.ts';
import { packageOf } from '../tools/programs.ts';
import type { Served } from './serve.ts';

/** Of a program that a network needs and this host lacks; null where it is there. The place is the caller's to say. */
export function missingTool({ services }: HostState, program: 'dnsmasq' | 'nft'): Problem | null {
  if (!services?.missing.includes(program)) return null;
  const what = program === 'nft' ? 'rules of its networks' : 'DHCP and DNS';
  return {
    code: 'program-missing',
    severity: 'error',
    message: `this host cannot have ${what}: the program ${program} is not installed`,
    source: null,
    found: `no ${program} in PATH`,
    expected: program,
    hint: `install the package ${packageOf(program) ?? program}; what does not need it is done meanwhile`,
  };
}

/** The code of the warnings below. */
export const FOREIGN_DROPS = 'foreign-firewall-drops';

/** Packets that our rules let through meet those of others besides, and one drop is enough. */
export function dropWarnings(forwarding: readonly Served[], { services }: HostState): Problem[] {
  const [first] = forwarding;
  if (first === undefined) return [];
  return (services?.foreignDrops ?? []).flatMap((drop) => {
    const stopped = forwarding
      .filter(({ serving }) => serving.subnets.some(({ family }) => concerns(drop, family)))
      .map(({ serving }) => serving.link)
      .filter((link) => !drop.spares.some((name) => matches(name, link)))
      .sort();
    if (stopped.length === 0) return [];
    const words = `${drop.family} ${drop.table} ${drop.chain}`;
    const source = forwarding.find(({ serving }) => serving.link === stopped[0])?.serving.at(['forward']);
    return {
      code: FOREIGN_DROPS,
      severity: 'warning' as const,
      message: `the chain ${words}, which is not Plumbline's, drops what it does not know: it may drop what ${stopped.join(', ')} forwards`,
      source: source ?? null,
      found: words,
      hint: remedy(drop, stopped),
    };
  });
}

function concerns({ family }: ForeignDrop, ours: 4 | 6): boolean {
  return family === 'inet' || (family === 'ip6') === (ours === 6);
}

function matches(pattern: string, link: string): boolean {
  return pattern.endsWith('*') ? link.startsWith(pattern.slice(0, -1)) : pattern === link;
}

/** What the makers of these chains say is to be done, for the first link. */
function remedy({ family, table, chain }: ForeignDrop, links: readonly string[]): string {
  const [link = ''] = links;
  if (table === 'firewalld') {
    return `firewall-cmd --permanent --zone=trusted --add-interface=${link} && firewall-cmd --reload`;
  }
  const iptables = family === 'ip6' ? 'ip6tables' : 'iptables';
  if (chain.startsWith('ufw') || (table === 'filter' && chain === 'FORWARD')) {
    return `with Docker: ${iptables} -I DOCKER-USER -i ${link} -j ACCEPT && ${iptables} -I DOCKER-USER -o ${link} -j ACCEPT; with ufw: ufw route allow in on ${link} && ufw route allow out on ${link}; with neither: the same in FORWARD`;
  }
  return `let the program that made it accept what comes from and goes to ${link}`;
}
