import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { blockOf, writeVirtual } from './documents.ts';
import { networkXml, startLibvirt } from './libvirt.ts';
import { environment } from './links.ts';
import { measure, Rounds } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';
import { sweep } from './standing.ts';

const UP_TARGET = 3;
const DOWN_TARGET = 10;
const NEEDED = { dnsmasq: 'dnsmasq-base', nft: 'nftables' };

/** NAT networks with DHCP, beside libvirt's. */
export async function benchVirtual(plan: Plan, report: Report): Promise<void> {
  if (!isServable(report)) return;
  sweep();
  try {
    await benchNetworks(plan, report);
  } finally {
    await measure([process.execPath, plan.program, 'teardown', '--yes'], { env: environment(plan) });
  }
}

/** Whether what serves a network is installed; says so if not. */
export function isServable(report: Report): boolean {
  const missing = Object.entries(NEEDED).filter(([program]) => !existsSync(`/usr/sbin/${program}`));
  for (const [program, name] of missing) {
    report.note(`Virtual networks are skipped: ${program} is not installed (package ${name})`);
  }
  return missing.length === 0;
}

async function benchNetworks(plan: Plan, report: Report): Promise<void> {
  const {
    networks,
    namespaces: { own, libvirt: libvirtsOwn },
  } = plan;
  const [full, empty] = [`${plan.directory}/virtual`, `${plan.directory}/nothing`];
  writeVirtual(full, networks);
  writeVirtual(empty, 0);
  const env = environment(plan);
  const program = (...words: string[]) => [process.execPath, plan.program, ...words, '--host', 'a'];
  const libvirt = await startLibvirt(libvirtsOwn, plan.directory);
  const each = (words: (n: number) => string) =>
    Array.from({ length: networks }, (_, n) => words(n)).join(';');
  const rounds = new Rounds();
  try {
    for (let n = 0; libvirt !== null && n < networks; n++) {
      const file = `${plan.directory}/network.xml`;
      writeFileSync(file, networkXml(`v${n}`, `virbr${n}`, blockOf(n)));
      await measure([...libvirt.virsh, 'net-define', file]);
    }
    // Parsed before, as in a host's life; libvirt has read its definitions too.
    await measure(program('plan', empty), { env });
    await measure(program('plan', full), { env });
    for (let round = 0; round < plan.rounds; round++) {
      if (libvirt !== null) {
        await rounds.run('virsh up', [...libvirt.virsh, each((n) => `net-start v${n}`)]);
        await rounds.run('virsh down', [...libvirt.virsh, each((n) => `net-destroy v${n}`)]);
      }
      await rounds.run('up', program('apply', full), { env });
      if (servers(own).length !== networks) throw new Error('not every network is served');
      await rounds.run('plan', program('plan', full, '--exit-code'), { env });
      await rounds.run('down', program('apply', empty), { env });
    }
  } finally {
    libvirt?.stop();
  }
  const section = `${networks} NAT networks`;
  report.section(`${networks} NAT networks with DHCP (median of ${plan.rounds} rounds)`, 'libvirt');
  if (libvirt === null) {
    report.note(
      'libvirt is not installed (packages libvirt-daemon-system, libvirt-clients): nothing to compare with',
    );
  }
  const line = (what: string, key: string, base: string | null, least?: number) => {
    const compared = base !== null && libvirt !== null;
    const faster = compared ? 1 / rounds.ratio(key, base) : Number.NaN;
    report.line(section, {
      what,
      wall: rounds.wall(key),
      cpu: rounds.cpu(key),
      ...(compared ? { ratio: rounds.ratio(key, base), note: `${faster.toFixed(1)} times faster` } : {}),
      ...(compared && least !== undefined
        ? { target: { value: faster, limit: least, unit: 'x', bound: 'least' } as const }
        : {}),
    });
  };
  // virsh is one process for all, which is its fastest way; what libvirtd takes of a core does not show.
  if (libvirt !== null) line('virsh net-start of each, from nothing', 'virsh up', null);
  line('apply from nothing', 'up', 'virsh up', UP_TARGET);
  line('plan with nothing to do', 'plan', null);
  if (libvirt !== null) line('virsh net-destroy of each', 'virsh down', null);
  line('apply without them', 'down', 'virsh down', DOWN_TARGET);
}

/** The dnsmasq of a namespace, by their numbers. */
export function servers(namespace: string): string[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' });
  return pids.split('\n').filter((pid) => {
    try {
      return pid !== '' && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'dnsmasq\n';
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}
