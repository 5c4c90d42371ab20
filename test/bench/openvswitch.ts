import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type OvsInstance, startOvs } from '../support/ovs.ts';
import { bareTaps } from './bare.ts';
import { guestName, writeFleet } from './documents.ts';
import { environment } from './links.ts';
import { measure, median } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';
import { PROBE_PORTS, Probe } from './stall.ts';
import { sweep } from './standing.ts';

const STALL_TARGET = 0.2;
const SECTION = 'Open vSwitch';

interface Timed {
  seconds: number;
  stall: number;
}

/** Ports of a userspace Open vSwitch, beside one bare transaction, with others' traffic watched meanwhile. */
export async function benchOpenvswitch(plan: Plan, report: Report): Promise<void> {
  if (!existsSync('/usr/sbin/ovs-vswitchd')) {
    report.note('Open vSwitch is skipped: it is not installed (package openvswitch-switch)');
    return;
  }
  sweep();
  const ovs = await startOvs({ name: plan.namespaces.own });
  const probe = new Probe(plan);
  try {
    probe.plug();
    ovs.vsctl('add-br', 'ovsbr0', '--', 'set', 'Bridge', 'ovsbr0', 'datapath_type=netdev');
    for (const port of PROBE_PORTS) ovs.vsctl('add-port', 'ovsbr0', port);
    await probe.start();
    await benchPorts(plan, report, ovs, probe);
  } finally {
    probe.stop();
    await ovs.stop();
  }
}

async function benchPorts(plan: Plan, report: Report, ovs: OvsInstance, probe: Probe): Promise<void> {
  const fleet = `${plan.directory}/fleet`;
  writeFleet(fleet, 'ovs', plan.ports);
  const env = { ...environment(plan), ...ovs.env };
  const program = [process.execPath, plan.program];
  const [apply, look, teardown] = [
    [...program, 'apply', fleet, '--host', 'a'],
    [...program, 'plan', fleet, '--host', 'a', '--exit-code'],
    [...program, 'teardown', '--yes'],
  ];
  const vsctl = (commands: string[][]) => ['ovs-vsctl', ...commands.flatMap((words) => ['--', ...words])];
  const names = Array.from({ length: plan.ports }, (_, n) => `${guestName(n)}-eth0`);
  const idle = await probe.during(() => new Promise((resolve) => setTimeout(resolve, 2000)));
  const made: Timed[] = [];
  const bareMade: Timed[] = [];
  const removed: Timed[] = [];
  const planned: number[] = [];
  const bareTimes: { removed: Timed | null } = { removed: null };

  // The documents are parsed before, as in a host's life.
  await measure(look, { env, expect: [2] });
  const count = Math.min(plan.rounds, 3);
  for (let round = 0; round < count; round++) {
    const additions = names.map((name, n) => bareAddition(name, n));
    bareMade.push(
      await probe.during(async () => {
        await measure(['ip', '-batch', '-'], { stdin: bareTaps(plan.ports) });
        await measure(vsctl(additions), { env });
      }),
    );
    const bareRemoved = await probe.during(async () => {
      await measure(vsctl(names.map((name) => ['del-port', 'ovsbr0', name])), { env });
    });
    bareTimes.removed ??= bareRemoved;
    sweepTaps();
    made.push(await probe.during(() => measure(apply, { env })));
    planned.push((await measure(look, { env })).wall);
    removed.push(await probe.during(() => measure(teardown, { env })));
  }

  const wall = (list: readonly Timed[]) => median(list.map(({ seconds }) => seconds));
  const stall = (list: readonly Timed[]) => Math.max(...list.map((one) => one.stall));
  const words = (list: readonly Timed[]) => `longest stall ${stall(list).toFixed(3)} s`;
  report.section(
    `${plan.ports} ports of a userspace Open vSwitch (median of ${count} rounds, stalls the worst)`,
    'bare',
  );
  report.note(
    `another port's traffic, every 10 ms, when nothing happens: longest gap ${idle.stall.toFixed(3)} s`,
  );
  report.line(SECTION, {
    what: 'ip -batch and one ovs-vsctl, from nothing',
    wall: wall(bareMade),
    note: words(bareMade),
  });
  report.line(SECTION, {
    what: 'apply from nothing, documents parsed before',
    wall: wall(made),
    ratio: wall(made) / wall(bareMade),
    note: words(made),
  });
  report.line(SECTION, { what: 'plan with nothing to do', wall: median(planned) });
  if (bareTimes.removed !== null) {
    const one = [bareTimes.removed];
    report.line(SECTION, {
      what: 'one ovs-vsctl removes all ports (not the taps)',
      wall: wall(one),
      note: words(one),
    });
  }
  report.line(SECTION, {
    what: 'teardown',
    wall: wall(removed),
    ...(bareTimes.removed && { ratio: wall(removed) / bareTimes.removed.seconds }),
    note: words(removed),
    target: { value: stall(removed), limit: STALL_TARGET, unit: 's', bound: 'most' },
  });
}

function bareAddition(name: string, n: number): string[] {
  const hex = n.toString(16).padStart(4, '0');
  const ids = [
    `external_ids:iface-id=00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
    `external_ids:attached-mac="5a:00:00:01:${hex.slice(0, 2)}:${hex.slice(2)}"`,
    'external_ids:iface-status=active',
  ];
  const port = `external_ids:plumbline=Guest/${guestName(n)}/eth0`;
  return [
    'add-port',
    'ovsbr0',
    name,
    '--',
    'set',
    'Interface',
    name,
    ...ids,
    '--',
    'set',
    'Port',
    name,
    port,
  ];
}

/** The taps of the bare run; those of the switch itself are of the same kind and stay. */
function sweepTaps(): void {
  const text = execFileSync('ip', ['-j', 'link', 'show'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const links: { ifname: string; ifalias?: string }[] = JSON.parse(text);
  const ours = links.filter(({ ifalias }) => ifalias?.startsWith('plumbline:'));
  if (ours.length === 0) return;
  execFileSync('ip', ['-batch', '-'], {
    input: ours.map(({ ifname }) => `link set dev ${ifname} group 4242\n`).join(''),
  });
  execFileSync('ip', ['link', 'delete', 'group', '4242']);
}
