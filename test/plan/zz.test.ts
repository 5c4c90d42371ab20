import fc from 'fast-check';
import { it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { simulate } from '../../src/plan/simulate.ts';
import { makeFleet } from '../support/fleet.ts';
import { makeHost, nic, planInMemory } from '../support/host.ts';

const N = ['eth0', 'eth1', 'eth2', 'eth3'];
const clean = (v: any): any => Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined));
const opt = <T>(a: fc.Arbitrary<T>) => fc.option(a, { nil: undefined, freq: 2 });
const names = fc.constantFrom('x', 'y', 'z');
const entry: fc.Arbitrary<any> = fc.oneof(
  fc
    .record({
      type: fc.constant('bridge'),
      bridge: names,
      manage: fc.constant(true),
      uplinks: fc.subarray(N, { maxLength: 2 }),
      stp: opt(fc.boolean()),
      loopFree: fc.constant(true),
    })
    .map(clean),
  fc
    .record({
      type: fc.constant('openvswitch'),
      bridge: names,
      manage: fc.constant(true),
      uplinks: fc.subarray(N, { maxLength: 1 }),
      loopFree: fc.constant(true),
    })
    .map(clean),
  fc.record({
    type: fc.constant('direct'),
    mode: fc.constantFrom('vepa', 'bridge', 'private', 'passthrough'),
    pool: fc.subarray(N, { minLength: 1, maxLength: 3 }).map((d) => d.map((device) => ({ device }))),
  }),
);
const iface = fc
  .record({
    name: fc.constantFrom('e0', 'e1', 'a-very-long-interface-name'),
    network: fc.constantFrom('n1', 'n2', 'n3'),
    queues: opt(fc.constantFrom(1, 4)),
    mac: opt(fc.constantFrom('52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03')),
  })
  .map(clean);
const g = fc.record({
  host: fc.constantFrom('h', 'h', 'h', 'k'),
  interfaces: fc.uniqueArray(iface, { selector: (i: any) => i.name, minLength: 1, maxLength: 2 }),
});
const net = fc
  .record({
    mtu: opt(fc.constantFrom(1400, 1500)),
    portGroups: opt(fc.constantFrom<any>([{ name: 'apart', default: true, isolated: true }])),
  })
  .map(clean);
const fleets = fc
  .record({
    networks: fc.record({ n1: net, n2: net, n3: net }),
    entries: fc.record({ n1: entry, n2: entry, n3: entry }),
    guests: fc.dictionary(fc.constantFrom('g0', 'g1', 'g2', 'g3'), g, { maxKeys: 4 }),
  })
  .map(({ networks, entries, guests }) =>
    makeFleet({ networks, guests, hosts: { h: { networks: entries }, k: { networks: entries } } } as any),
  );

it('x', () => {
  const fresh = makeHost(['eth0', 'eth1', 'eth2', 'eth3', 'eth4', 'eth5'].map((n, i) => nic(i + 2, n)));
  const seen = new Map<string, number>();
  let clean = 0,
    n = 0;
  const ex = new Map<string, string>();
  fc.assert(
    fc.property(fleets, fleets, (a, b) => {
      n++;
      const bad = (p: any) =>
        p.plan.problems.some((x: any) => x.severity === 'error') ||
        p.plan.changes.some((c: any) => c.gate.is !== 'open');
      const pa = planInMemory(a, 'h', fresh);
      if (bad(pa)) return;
      if (bad(planInMemory(b, 'h', fresh))) return;
      clean++;
      const s = simulate(fresh, pa.plan.changes, pa.steps);
      const pb = planInMemory(b, 'h', s);
      let key = '';
      if (bad(pb))
        key =
          [...new Set(pb.plan.problems.map((x: any) => x.code + ':' + x.message.replace(/\d/g, '#')))]
            .sort()
            .join(' | ') ||
          'blocked ' +
            pb.plan.changes
              .filter((c: any) => c.gate.is !== 'open')
              .map((c: any) => c.gate.why)
              .join(',');
      else {
        const again = planInMemory(b, 'h', simulate(s, pb.plan.changes, pb.steps));
        if (!again.plan.inSync)
          key =
            'not in sync: ' +
            again.plan.changes
              .map((c: any) => `${c.action} ${c.id} ${c.fields.map((f: any) => f.field)}`)
              .join(',')
              .replace(/\d/g, '#') +
            again.plan.problems.map((p: any) => p.code);
      }
      if (key) {
        const e = check(b)
          .filter((x: any) => x.severity === 'error')
          .map((x: any) => x.code);
        key = (e.length ? `INVALID ${e} ` : '') + key;
      }
      if (key) {
        seen.set(key, (seen.get(key) ?? 0) + 1);
        if (!ex.has(key))
          ex.set(
            key,
            JSON.stringify(
              [a, b].map((f) => [
                Object.values([...f.hosts.values()][0]!.spec.networks as any).map((e: any) =>
                  [e.type, e.mode, e.bridge, e.uplinks, e.pool?.map((d: any) => d.device)].flat().join(' '),
                ),
                [...f.guests.values()].map(
                  (g) =>
                    g.name +
                    ' ' +
                    g.spec.host +
                    ' ' +
                    g.spec.interfaces.map((i) => `${i.name}:${i.network}:${i.mac}`),
                ),
              ]),
            ),
          );
      }
    }),
    { numRuns: 60000 },
  );
  console.log(n, clean);
  for (const [k, v] of [...seen].sort((x, y) => y[1] - x[1]).slice(0, 25))
    console.log(v, k.slice(0, 400), '\n   ', ex.get(k)?.slice(0, 900));
}, 600000);
