import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { blockOf, writeReservation, writeReserved, writeVirtual } from './documents.ts';
import { networkXml, startLibvirt } from './libvirt.ts';
import { environment } from './links.ts';
import { measure, median, Rounds } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';
import { sweep } from './standing.ts';

const UP_TARGET = 3;
const DOWN_TARGET = 10;
const RESERVATIONS = 1000;
const CHANGE_TARGET = 0.3;
const NEEDED = { dnsmasq: 'dnsmasq-base', nft: 'nftables' };

/** NAT networks with DHCP, beside libvirt's; and a reservation among many. */
export async function benchVirtual(plan: Plan, report: Report): Promise<void> {
  for (const [program, name] of Object.entries(NEEDED)) {
    if (existsSync(`/usr/sbin/${program}`)) continue;
    report.note(`Virtual networks are skipped: ${program} is not installed (package ${name})`);
    return;
  }
  sweep();
  try {
    await benchNetworks(plan, report);
    await benchReservation(plan, report);
  } finally {
    await measure([process.execPath, plan.program, 'teardown', '--yes'], { env: environment(plan) });
  }
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

/** A guest more, of which the network has to know: its device, its address and its name. */
async function benchReservation(plan: Plan, report: Report): Promise<void> {
  const fleet = `${plan.directory}/fleet`;
  const env = environment(plan);
  const program = (...words: string[]) => [process.execPath, plan.program, ...words, fleet, '--host', 'a'];
  writeReserved(fleet, RESERVATIONS);
  await measure(program('apply'), { env });
  const [serving] = servers(plan.namespaces.own);
  const [plans, applies]: [number[], number[]] = [[], []];
  for (let round = 0; round < plan.rounds; round++) {
    plans.push((await measure(program('plan', '--exit-code'), { env })).wall);
    writeReservation(fleet, RESERVATIONS + round);
    applies.push((await measure(program('apply'), { env })).wall);
  }
  if (servers(plan.namespaces.own).join() !== serving)
    throw new Error('dnsmasq was started anew for a reservation');
  const section = `${RESERVATIONS} reservations`;
  report.section(
    `A guest more among ${RESERVATIONS} with reservations (median of ${plan.rounds} rounds)`,
    '',
  );
  report.line(section, { what: 'plan with nothing to do', wall: median(plans) });
  report.line(section, {
    what: 'apply, dnsmasq goes on',
    wall: median(applies),
    target: { value: median(applies), limit: CHANGE_TARGET, unit: 's', bound: 'most' },
  });
  rmSync(fleet, { recursive: true, force: true });
}

/** The dnsmasq of a namespace, by their numbers. */
function servers(namespace: string): string[] {
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
