import type { Mark } from '../../src/model/mark.ts';
import type {
  Action,
  AnyChange,
  Change,
  NetworkSummary,
  Outcome,
  Plan,
  Result,
} from '../../src/model/plan.ts';
import type { Problem } from '../../src/model/problem.ts';
import type { Id, Kind, Observed, Wanted } from '../../src/model/resource.ts';
import { idOf } from '../../src/model/resource.ts';
import type { MacvtapSpec, OvsPortSpec, Specs, TapSpec } from '../../src/model/specs.ts';

/** Plans in a few words, for tests of what they look like. */

export function macvtap(parent: string, more: Partial<MacvtapSpec> = {}): MacvtapSpec {
  const mac = '52:54:00:12:34:56';
  return {
    kind: 'macvtap',
    up: true,
    mtu: 1500,
    mac,
    parent,
    mode: 'vepa',
    altname: null,
    owner: null,
    ...more,
  };
}

export function tap(more: Partial<TapSpec> = {}): TapSpec {
  return {
    kind: 'tap',
    up: true,
    mtu: null,
    mac: null,
    master: null,
    isolated: null,
    multiQueue: false,
    altname: null,
    owner: null,
    ...more,
  };
}

export function port(tag: number | null, more: Partial<OvsPortSpec> = {}): OvsPortSpec {
  return {
    bridge: 'ovsbr0',
    internal: false,
    vlanMode: tag === null ? null : 'access',
    tag,
    trunks: [],
    protected: false,
    externalIds: {},
    bound: true,
    ...more,
  };
}

export function wanted<K extends Kind>(
  kind: K,
  name: string,
  spec: Specs[K],
  more: Partial<Wanted<K>> = {},
): Wanted<K> {
  const network = more.network ?? 'red-network';
  const guest = more.guests?.[0];
  return {
    kind,
    id: idOf(kind, name),
    name,
    spec,
    owner: guest === undefined ? `Network/${network}` : `Guest/${guest}/eth0`,
    source: {
      file: guest === undefined ? `networks/${network}.yaml` : `guests/${guest}.yaml`,
      line: 9,
      column: 7,
    },
    guests: [],
    network,
    needs: [],
    expects: [],
    adopt: false,
    ...more,
  };
}

export function observed<K extends Kind>(
  kind: K,
  name: string,
  spec: Specs[K],
  owner: string | null,
): Observed<K> {
  const mark: Mark = owner === null ? { is: 'foreign' } : { is: 'ours', owner };
  return {
    kind,
    id: idOf(kind, name),
    name,
    spec,
    mark,
    handle: 'if7',
    incarnation: '7',
    needs: [],
    claims: () => [],
    strayGroup: null,
  };
}

const REASONS: Record<Action, string> = {
  create: 'missing',
  update: 'differs',
  replace: 'differs',
  delete: 'not wanted here',
};

export function change<K extends Kind>(
  action: Action,
  before: Observed<K> | null,
  after: Wanted<K> | null,
  more: Partial<Change<K>> = {},
): Change<K> {
  const one = after ?? before;
  if (one === null) throw new Error('a change is of something');
  return {
    id: one.id,
    kind: one.kind,
    name: one.name,
    action,
    before,
    after,
    fields: [],
    impact: 'none',
    reason: REASONS[action],
    guests: after?.guests ?? [],
    network: after?.network ?? null,
    gate: { is: 'open' },
    ...more,
  };
}

export function create<K extends Kind>(
  kind: K,
  name: string,
  spec: Specs[K],
  more: Partial<Wanted<K>> = {},
  rest: Partial<Change<K>> = {},
): Change<K> {
  return change('create', null, wanted(kind, name, spec, more), rest);
}

export function network(
  name: string,
  realisation: string,
  guests: number,
  more: Partial<NetworkSummary> = {},
) {
  return { name, realisation, guests, undecided: 0, pool: [], ...more };
}

export function plan(networks: NetworkSummary[], changes: AnyChange[], problems: Problem[] = []): Plan {
  const open = changes.filter((c) => c.gate.is === 'open');
  const count = (action: Action) => open.filter((c) => c.action === action).length;
  const held = changes.filter((c) => c.gate.is === 'held').length;
  return {
    host: 'kvm-a',
    revision: '3f2a91c0d5f1f0a4b3c2d1e0f9a8b7c6d5e4f3a2',
    digest: 'sha256:1',
    inSync: changes.length === 0,
    summary: {
      create: count('create'),
      update: count('update'),
      replace: count('replace'),
      delete: count('delete'),
      held,
      skipped: changes.length - open.length - held,
    },
    changes,
    networks,
    guests: networks.reduce((sum, n) => sum + n.guests, 0),
    problems,
  };
}

/** Results by id; whatever is not named is done, or held or skipped where its gate says so. */
export function outcomesOf(p: Plan, named: Record<string, [Result, string | null]> = {}): Map<Id, Outcome> {
  return new Map(
    p.changes.map((c): [Id, Outcome] => {
      const given = named[c.id];
      if (given !== undefined) return [c.id, { result: given[0], message: given[1] }];
      const result = c.gate.is === 'open' ? 'done' : c.gate.is === 'held' ? 'held' : 'skipped';
      return [c.id, { result, message: null }];
    }),
  );
}

/** A working night's plan: something of everything. */
export function mixedPlan(): Plan {
  const networks = [
    network('red-network', 'direct vepa', 14, {
      pool: [
        { device: 'front0', link: 'eth2', used: 8, capacity: 8, strangers: 0 },
        { device: 'eth3', link: 'eth3', used: 6, capacity: 8, strangers: 0 },
      ],
    }),
    network('office', 'bridge br0', 3),
    network('storage', 'bridge br-storage', 2),
    network('tenants', 'openvswitch ovsbr0', 5),
    network('backup', 'bridge br-backup', 4),
  ];
  const office = { network: 'office' };
  const tenants = { network: 'tenants' };
  return plan(
    networks,
    [
      create('link', 'web1-eth0', macvtap('eth3'), { guests: ['web1'] }),
      create('link', 'web2-eth0', macvtap('eth3'), { guests: ['web2'] }),
      change(
        'update',
        observed('link', 'db1-eth0', macvtap('eth2', { mtu: 9000 }), 'Guest/db1/eth0'),
        wanted('link', 'db1-eth0', macvtap('eth2'), { guests: ['db1'] }),
        { fields: [{ field: 'mtu', before: 9000, after: 1500 }] },
      ),
      change(
        'replace',
        observed('link', 'cache-eth0', tap({ master: 'br0' }), 'Guest/cache/eth0'),
        wanted('link', 'cache-eth0', tap({ master: 'br0', multiQueue: true }), {
          guests: ['cache'],
          ...office,
        }),
        {
          fields: [{ field: 'multiQueue', before: false, after: true }],
          impact: 'recreate',
          gate: { is: 'held', why: 'guestRuns', held: { is: 'held', pids: [4121] } },
        },
      ),
      create(
        'link',
        'mail-eth0',
        tap({ master: 'br0' }),
        { guests: ['mail'], ...office },
        {
          gate: { is: 'taken', why: "veth link mail-eth0 stands there and is not Plumbline's" },
          reason: 'name taken',
        },
      ),
      create(
        'link',
        'br-storage',
        {
          kind: 'bridge',
          up: true,
          mtu: 9000,
          mac: null,
          stp: false,
          forwardDelay: null,
          ageingTime: null,
          multicastSnooping: null,
          linkLocal: null,
        },
        { network: 'storage' },
      ),
      create(
        'membership',
        'eth1',
        { bridge: 'br-storage', recordedBy: ['br-storage'], addressing: null },
        { network: 'storage' },
      ),
      create('link', 'db1-eth1', tap({ master: 'br-storage', isolated: true }), {
        guests: ['db1'],
        owner: 'Guest/db1/eth1',
        network: 'storage',
      }),
      create('link', 'app1-eth0', tap(), { guests: ['app1'], ...tenants }),
      create('ovs-port', 'app1-eth0', port(42), { guests: ['app1'], ...tenants }),
      create('link', 'router-eth0', tap(), { guests: ['router'], ...tenants }),
      create('ovs-port', 'router-eth0', port(10, { vlanMode: 'native-untagged', trunks: [20, 21, 22, 30] }), {
        guests: ['router'],
        ...tenants,
      }),
      change(
        'update',
        observed('ovs-port', 'app2-eth0', port(42), 'Guest/app2/eth0'),
        wanted('ovs-port', 'app2-eth0', port(43), { guests: ['app2'], ...tenants }),
        { fields: [{ field: 'tag', before: 42, after: 43 }], impact: 'rewire', running: ['app2'] },
      ),
      change('delete', observed('link', 'old-eth0', tap({ master: 'br0' }), 'Guest/old/eth0'), null, {
        impact: 'remove',
        guests: ['old'],
        running: [],
      }),
      change('delete', observed('link', 'gone-eth0', tap({ master: 'br0' }), 'Guest/gone/eth0'), null, {
        impact: 'remove',
        guests: ['gone'],
        gate: {
          is: 'held',
          why: 'guestRuns',
          held: { is: 'unknown', why: 'no right to look at other processes' },
        },
      }),
    ],
    [
      {
        code: 'name-taken',
        severity: 'error',
        message: "mail-eth0: veth link mail-eth0 stands there and is not Plumbline's",
        source: { file: 'guests/mail.yaml', line: 9, column: 7 },
        hint: 'rename or remove the link mail-eth0, or give the interface another device name',
      },
      {
        code: 'pool-full',
        severity: 'error',
        message: 'red-network has no room for web9 eth0: front0 8/8, eth3 8/8',
        source: { file: 'guests/web9.yaml', line: 8, column: 7 },
        hint: 'add a device to the pool or raise maxGuests',
      },
    ],
  );
}
