import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './links.ts';
import { Rounds } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';

const HOSTS = 1000;
const GUESTS = 20_000;
/** The issue's, with all that is read. */
const TARGET = 3;

/** Where a guest of a large fleet can be, and where all guests of a host could go. */
export async function benchPlacement(plan: Plan, report: Report): Promise<void> {
  const fleet = `${plan.directory}/large`;
  const env = environment(plan);
  writeLargeFleet(fleet);
  const plumbline = (...words: string[]) => [process.execPath, plan.program, ...words];
  const rounds = new Rounds();
  for (let round = 0; round < Math.min(plan.rounds, 3); round++) {
    rmSync(`${plan.directory}/cache`, { recursive: true, force: true });
    await rounds.run('cold', plumbline('where', 'g7', fleet), { env });
    await rounds.run('check', plumbline('check', fleet), { env });
    await rounds.run('where', plumbline('where', 'g7', fleet), { env });
    await rounds.run('can', plumbline('can-migrate', 'g7', 'h8', fleet), { env });
    await rounds.run('all', plumbline('where', '--host', 'h3', '--all', fleet), { env, expect: [0, 1] });
  }
  report.section(
    `Placement (${HOSTS} hosts, ${GUESTS} guests, a file each)`,
    'a check of the same, read before',
  );
  const line = (what: string, key: string, extra = {}) =>
    report.line('placement', {
      what,
      wall: rounds.wall(key),
      cpu: rounds.cpu(key),
      ...(key === 'check' ? {} : { ratio: rounds.ratio(key, 'check') }),
      ...extra,
    });
  const target = (key: string) => ({
    target: { value: rounds.wall(key), limit: TARGET, unit: 's', bound: 'most' },
  });
  line('plumbline check, read before', 'check');
  line('plumbline where GUEST, read before', 'where', target('where'));
  line('plumbline can-migrate GUEST HOST, read before', 'can', target('can'));
  line('plumbline where --host HOST --all, read before', 'all', target('all'));
  line('plumbline where GUEST, nothing read before', 'cold', target('cold'));
}

/**
 * Hosts with pools that are nearly full, with Open vSwitch and with bridges, and guests on one, two or three networks,
 * as many on each host; every tenth has an address of its own.
 */
function writeLargeFleet(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  for (const folder of ['networks', 'hosts', 'guests'])
    mkdirSync(join(directory, folder), { recursive: true });
  const write = (folder: string, kind: string, name: string, spec: string) =>
    writeFileSync(
      join(directory, folder, `${name}.yaml`),
      `apiVersion: plumbline/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:${spec}\n`,
    );
  write(
    'networks',
    'Network',
    'red',
    '\n  mtu: 1500\n  portGroups: [{ name: web, default: true, vlan: { tag: 42 } }]',
  );
  write('networks', 'Network', 'blue', '\n  addressing: [{ subnet: 10.0.0.0/8 }]');
  write('networks', 'Network', 'store', '\n  mtu: 9000');
  for (let n = 0; n < HOSTS; n++) write('hosts', 'Host', `h${n}`, hostSpec(n));
  for (let n = 0; n < GUESTS; n++) write('guests', 'Guest', `g${n}`, guestSpec(n));
}

function hostSpec(n: number): string {
  const pool = (most: number) =>
    `[{ device: eth2, maxGuests: ${most} }, { device: eth3, maxGuests: ${most} }]`;
  const red =
    n % 3 === 0
      ? '{ type: openvswitch, bridge: ovs0, manage: true, uplinks: [eth1] }'
      : `{ type: direct, mode: bridge, nativeVlan: 42, pool: ${pool(11)} }`;
  const blue =
    n % 3 === 1 ? `{ type: direct, mode: bridge, pool: ${pool(6)} }` : '{ type: bridge, bridge: br-blue }';
  const store = '{ type: bridge, bridge: br-store, manage: true, uplinks: [eth4] }';
  const devices = n % 3 === 1 ? '\n  devices: { eth2: { maxGuests: 16 }, eth3: { maxGuests: 16 } }' : '';
  return `${devices}\n  networks:\n    red: ${red}\n    blue: ${blue}${n % 5 === 0 ? '' : `\n    store: ${store}`}`;
}

function guestSpec(n: number): string {
  const turn = Math.floor(n / HOSTS);
  const interfaces = [
    'red',
    ...(turn % 2 === 0 ? ['blue'] : []),
    ...(n % 5 !== 0 && turn % 4 === 0 ? ['store'] : []),
  ];
  const address = (network: string) =>
    network === 'blue' && turn % 5 === 0
      ? `, addresses: [10.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}]`
      : '';
  const lines = interfaces.map(
    (network, i) => `\n    - { name: eth${i}, network: ${network}${address(network)} }`,
  );
  return `\n  host: h${n % HOSTS}\n  interfaces:${lines.join('')}`;
}
