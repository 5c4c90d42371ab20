import { describe, expect, test } from 'vitest';
import type { StepContext } from '../../src/kinds/kind.ts';
import { serviceKind } from '../../src/kinds/service.ts';
import type { DnsmasqState } from '../../src/model/host.ts';
import { networkOwner } from '../../src/model/mark.ts';
import type { Change } from '../../src/model/plan.ts';
import type { Wanted } from '../../src/model/resource.ts';
import type { ServiceSpec } from '../../src/model/specs.ts';
import { servingHost } from '../realise/served-host.ts';
import { nic } from '../support/host.ts';

const SPEC: ServiceSpec = {
  link: 'br0',
  config: ['interface=br0'],
  reservations: ['one', 'two'],
  hosts: ['10.20.0.10 one'],
  running: true,
};
const RUNS: DnsmasqState = {
  name: 'lab',
  link: 'br0',
  pid: 812,
  config: [...SPEC.config],
  reservations: [...SPEC.reservations],
  hosts: [...SPEC.hosts],
};

/** The change from what stands to what is wanted, as a plan makes it. */
function changeTo(after: ServiceSpec, stands: DnsmasqState = RUNS): Change<'service'> {
  const [before = null] = serviceKind.observe(servingHost([nic(1, 'br0')], { dnsmasq: [stands] }));
  if (before === null) throw new Error('nothing observed');
  const fields = serviceKind.compare(before.spec, after);
  const { action, impact } = serviceKind.effect(fields, before, after);
  const wanted: Wanted<'service'> = {
    kind: 'service',
    id: 'service:lab',
    name: 'lab',
    spec: after,
    owner: networkOwner('lab'),
    source: { file: 'networks/lab.yaml', line: 1, column: 1 },
    guests: [],
    network: 'lab',
    needs: [],
    expects: [],
    adopt: false,
  };
  const gate = { is: 'open' } as const;
  const change = {
    id: wanted.id,
    kind: wanted.kind,
    name: 'lab',
    action,
    impact,
    before,
    after: wanted,
    fields,
  };
  return { ...change, reason: 'differs', guests: [], network: 'lab', gate };
}

const context: StepContext = { linkRef: (name) => name, ipv6: true, inRing: new Set() };
const wordsOf = (change: Change<'service'>) =>
  serviceKind.steps(change, context).make.map(({ word }) => word);

describe('a dnsmasq', () => {
  test('that is as it should be does not differ', () => {
    expect(changeTo(SPEC).fields).toEqual([]);
  });

  test('is told of reservations and names, and only those that come and go are shown', () => {
    const change = changeTo({ ...SPEC, reservations: ['two', 'three'], hosts: [] });
    expect(change.fields).toEqual([
      { field: 'reservations', before: ['one'], after: ['three'] },
      { field: 'hosts', before: ['10.20.0.10 one'], after: [] },
    ]);
    expect([change.action, change.impact, wordsOf(change)]).toEqual(['update', 'none', ['reload']]);
  });

  test.each<[string, ServiceSpec, DnsmasqState]>([
    ['another configuration', { ...SPEC, config: ['interface=br0', 'port=0'] }, RUNS],
    ['its death', SPEC, { ...RUNS, pid: null }],
    ['another link', { ...SPEC, link: 'br1' }, RUNS],
    ['its death and a name', { ...SPEC, hosts: [] }, { ...RUNS, pid: null }],
  ])('is started for %s', (_, after, stands) => {
    const change = changeTo(after, stands);
    expect([change.action, change.impact, wordsOf(change)]).toEqual(['update', 'none', ['start']]);
  });

  test('differs by the order of its lines', () => {
    const fields = changeTo({ ...SPEC, config: ['a', 'b'] }, { ...RUNS, config: ['b', 'a'] }).fields;
    expect(fields).toEqual([{ field: 'config', before: ['b', 'a'], after: ['a', 'b'] }]);
  });

  test('goes before its link, and guests notice if it ran', () => {
    const host = servingHost([nic(1, 'br0')], { dnsmasq: [RUNS, { ...RUNS, name: 'red', pid: null }] });
    const [lab, red] = serviceKind.observe(host);
    expect(lab?.needs).toEqual([{ id: 'link:br0', incarnation: false }]);
    expect([lab, red].map((one) => one && serviceKind.removal(one))).toEqual(['interrupt', 'none']);
    expect(lab?.claims()).toEqual(serviceKind.claims('red', { ...SPEC, link: 'br0' }));
  });

  test.each<[string, ServiceSpec]>([
    ['made anew', { ...SPEC, config: ['port=0'] }],
    ['told', { ...SPEC, hosts: [] }],
  ])('as simulated is as wanted when it is %s', (_, after) => {
    const host = servingHost([nic(1, 'br0')], { dnsmasq: [{ ...RUNS, pid: null }] });
    serviceKind.simulate(host, changeTo(after));
    const [observed] = serviceKind.observe(host);
    expect(observed && serviceKind.compare(observed.spec, after)).toEqual([]);
  });
});
