import fc from 'fast-check';
import { test } from 'vitest';
import { expectConverged, kernelHost, notDone } from './kernel-host.ts';
import { indexes } from './kernel-links.ts';

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
  .map(({ networks, entries, guests }) => ({
    networks,
    host: {
      networks: Object.fromEntries(
        Object.entries(entries).map(([k, e]: any) => [
          k,
          e.type === 'openvswitch' ? { ...e, datapath: 'netdev' } : e,
        ]),
      ),
    },
    hosts: { k: { networks: entries } },
    guests: Object.fromEntries(
      Object.entries(guests).map(([k, v]: any) => [k, { ...v, host: v.host === 'h' ? 'a' : v.host }]),
    ),
  }));

test('x', async () => {
  const host = await kernelHost({ nics: N, ovs: true });
  const seed = Number(process.env.SEED ?? Date.now());
  let n = 0,
    ok = 0,
    skipped = 0;
  let last: any = null;
  const end = Date.now() + Number(process.env.SECONDS ?? 120) * 1000;
  for (const parts of fc.sample(fleets, { numRuns: 5000, seed })) {
    if (Date.now() > end) break;
    n++;
    host.want(parts as any);
    const checked = await host.run(['check', host.desired]);
    if (checked.status !== 0) {
      skipped++;
      continue;
    }
    const answer = await host.apply('--allow-prune');
    const nd = notDone(answer);
    if (answer.status !== 0 || nd.length) {
      if (nd.every((x) => /pool-full|skipped/.test(x)) && nd.some((x) => /pool-full/.test(x))) {
        skipped++;
        last = parts;
        continue;
      }
      console.log(
        'FAILED',
        seed,
        n,
        nd,
        answer.stderr.slice(0, 2000),
        JSON.stringify([last, parts], (k, v) => v),
      );
      break;
    }
    const again = await host.plan();
    if (!again.report.inSync) {
      console.log('NOT IN SYNC', seed, n, again.stdout.slice(0, 3000), JSON.stringify([last, parts]));
      break;
    }
    ok++;
    last = parts;
  }
  console.log({ seed, n, ok, skipped });
}, 900000);
