import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { OvsBridgeState, OvsPortState } from '../../../src/model/host.ts';
import type { OvsOp, OvsPortSettings } from '../../../src/model/step.ts';
import { connectOvsdb, type OvsdbConnection } from '../../../src/tools/ovsdb/connection.ts';
import { OvsdbUnreachable } from '../../../src/tools/ovsdb/errors.ts';
import { readOvs } from '../../../src/tools/ovsdb/read.ts';
import { runOvs } from '../../../src/tools/ovsdb/write.ts';
import type { StepResult } from '../../../src/tools/result.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { type OvsInstance, startOvs } from '../../support/ovs.ts';
import { describeNeeding } from '../../support/requires.ts';

const PLAIN: OvsPortSettings = {
  tag: null,
  trunks: [],
  vlanMode: null,
  protected: false,
  interfaceExternalIds: {},
};

test('without a server the error says where it looked and what to do', async () => {
  const attempt = connectOvsdb({ OVS_RUNDIR: '/nonexistent' });
  await expect(attempt).rejects.toThrow(OvsdbUnreachable);
  await expect(attempt).rejects.toThrow(/\/nonexistent\/db\.sock.*no such socket.*openvswitch-switch/);
});

describeNeeding(['root', 'ovs'], 'a real Open vSwitch', () => {
  let ns: Namespace;
  let ovs: OvsInstance;
  let connection: OvsdbConnection;

  beforeAll(async () => {
    ns = createNamespace();
    ns.ip(Array.from({ length: 130 }, (_, i) => `tuntap add dev t${i} mode tap\n`).join(''));
    ovs = await startOvs(ns);
  }, 60_000);
  afterAll(async () => {
    await ovs?.stop();
    ns?.remove();
  });
  beforeEach(async () => {
    connection = await connectOvsdb(ovs.env);
    ovs.vsctl(
      '--if-exists',
      'del-br',
      'br',
      '--',
      'add-br',
      'br',
      '--',
      'set',
      'Bridge',
      'br',
      'datapath_type=netdev',
    );
  });
  afterEach(() => connection.close());

  function run(ops: Record<string, OvsOp>, context: { stop?(): boolean; timeoutMs?: number } = {}) {
    const keyed = Object.entries(ops).map(([key, op]) => ({ key, op }));
    const indexOf = (link: string) => (link.startsWith('absent') ? null : Number(link.slice(1)) + 2);
    return runOvs(connection, keyed, { indexOf, ...context });
  }
  function addPort(name: string, settings: Partial<OvsPortSettings> = {}, bridge = 'br'): OvsOp {
    return {
      do: 'addPort',
      bridge,
      name,
      link: name,
      settings: { ...PLAIN, ...settings },
      portExternalIds: { plumbline: `Guest/${name}/eth0` },
    };
  }
  async function bridge(name = 'br'): Promise<OvsBridgeState> {
    const found = (await readOvs(connection)).bridges.find((b) => b.name === name);
    if (found === undefined) throw new Error(`no bridge ${name}`);
    return found;
  }
  async function port(name: string): Promise<OvsPortState | undefined> {
    return (await bridge()).ports.find((p) => p.name === name);
  }
  function failures(results: Map<string, StepResult>): Record<string, string> {
    const failed: Record<string, string> = {};
    for (const [key, result] of results) if (!result.ok) failed[key] = result.message;
    return failed;
  }

  test('a bridge and its ports in one go, with every setting', async () => {
    const results = await run({
      bridge: {
        do: 'addBridge',
        name: 'br-new',
        datapath: 'netdev',
        externalIds: { plumbline: 'Network/n' },
      },
      access: addPort(
        't1',
        { tag: 42, vlanMode: 'access', interfaceExternalIds: { 'iface-id': 'x "y"\\ü' } },
        'br-new',
      ),
      trunk: addPort(
        't2',
        { tag: 10, trunks: [30, 20], vlanMode: 'native-untagged', protected: true },
        'br-new',
      ),
    });
    expect(failures(results)).toEqual({});
    const made = await bridge('br-new');
    expect(made).toMatchObject({ datapath: 'netdev', externalIds: { plumbline: 'Network/n' } });
    expect(made.ports).toMatchObject([
      { name: 'br-new', interfaces: [{ type: 'internal' }] },
      {
        name: 't1',
        tag: 42,
        trunks: [],
        vlanMode: 'access',
        protected: false,
        externalIds: { plumbline: 'Guest/t1/eth0', 'plumbline-ifindex': '3' },
        interfaces: [{ name: 't1', error: null, externalIds: { 'iface-id': 'x "y"\\ü' } }],
      },
      { name: 't2', tag: 10, trunks: [20, 30], vlanMode: 'native-untagged', protected: true },
    ]);
    expect(made.ports[1]?.interfaces[0]?.ofport).toBeGreaterThan(0);

    const deletion: OvsOp = { do: 'deleteBridge', uuid: made.uuid };
    expect(failures(await run({ deletion }))).toEqual({});
    expect((await readOvs(connection)).bridges.map((b) => b.name)).toEqual(['br']);
    expect(failures(await run({ deletion }))).toEqual({});
  });

  test('each failure is one failure, and leaves nothing', async () => {
    ovs.vsctl('add-port', 'br', 't7');
    const results = await run({
      good: addPort('t3'),
      noBridge: addPort('t4', {}, 'nowhere'),
      taken: addPort('t7'),
      noLink: addPort('absent1'),
      noDevice: { ...addPort('t5'), name: 'vanished' } as OvsOp,
      badTag: addPort('t6', { tag: 9999 }),
      alsoGood: addPort('t8'),
    });
    expect(failures(results)).toEqual({
      noBridge: 'Open vSwitch has no bridge nowhere',
      taken: 'Open vSwitch has a port t7 already',
      noLink: 'there is no link absent1 to make a port of',
      noDevice: expect.stringContaining('No such device'),
      badTag: expect.stringContaining('constraint violation'),
    });
    expect((await bridge()).ports.map((p) => p.name)).toEqual(['br', 't3', 't7', 't8']);
    expect((await port('t7'))?.externalIds).toEqual({});
  });

  test('settings are replaced, and keys of others stay', async () => {
    await run({
      add: addPort('t9', { tag: 5, vlanMode: 'access', interfaceExternalIds: { 'iface-id': 'old' } }),
    });
    ovs.vsctl(
      'set',
      'Port',
      't9',
      'external_ids:theirs=1',
      '--',
      'set',
      'Interface',
      't9',
      'external_ids:theirs=2',
    );
    const before = await port('t9');
    const set: OvsOp = {
      do: 'setPort',
      uuid: before?.uuid ?? '',
      interface: 't9',
      settings: { ...PLAIN, trunks: [7], vlanMode: 'trunk', interfaceExternalIds: { 'iface-id': 'new' } },
      portExternalIds: { plumbline: 'Guest/other/eth0' },
    };
    const gone: OvsOp = { ...set, uuid: '4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01' };
    expect(failures(await run({ gone, set }))).toEqual({ gone: 'the port is gone from Open vSwitch' });
    expect(await port('t9')).toMatchObject({
      tag: null,
      trunks: [7],
      vlanMode: 'trunk',
      externalIds: { plumbline: 'Guest/other/eth0', 'plumbline-ifindex': '11', theirs: '1' },
      interfaces: [{ externalIds: { 'iface-id': 'new', theirs: '2' } }],
    });

    const { uuid } = await bridge();
    ovs.vsctl('set', 'Bridge', 'br', 'external_ids:theirs=3', 'external_ids:plumbline=Network/old');
    const setBridge: OvsOp = {
      do: 'setBridge',
      uuid,
      datapath: 'netdev',
      externalIds: { plumbline: 'Network/n' },
    };
    expect(failures(await run({ setBridge }))).toEqual({});
    expect((await bridge()).externalIds).toEqual({ plumbline: 'Network/n', theirs: '3' });
  });

  test('a data path that this kernel has not: said, and the bridge lives on with its old one', async () => {
    const { uuid } = await bridge();
    const set: OvsOp = { do: 'setBridge', uuid, datapath: 'system', externalIds: { plumbline: 'Network/n' } };
    expect(failures(await run({ set }))).toEqual({
      set: expect.stringMatching(/with the data path system: .*; it has the data path netdev again$/),
    });
    expect((await bridge()).datapath).toBe('netdev');
    expect(ovs.vsctl('get', 'Bridge', 'br', 'datapath_id').trim()).not.toBe('[]');
    ns.ip('link show dev br\n');

    ovs.vsctl('set', 'Bridge', 'br', 'datapath_type=system');
    const messages = failures(await run({ set }));
    expect(messages.set).toContain('could not make the bridge with the data path system');
    expect(messages.set).not.toContain('again');
  });

  test("a bridge with a stranger's port stays", async () => {
    ovs.vsctl('add-port', 'br', 't10');
    const { uuid } = await bridge();
    const results = await run({ deletion: { do: 'deleteBridge', uuid } });
    expect(failures(results)).toEqual({
      deletion: 'the bridge br has the port t10, which is not ours: remove that port first',
    });
    expect((await bridge()).ports.map((p) => p.name)).toContain('t10');
  });

  test('130 ports come, and go by fives, which twice is no error; a stop is heard between transactions', async () => {
    const adds = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`a${i}`, addPort(`t${i}`)]));
    expect(failures(await run(adds))).toEqual({});
    const ports = (await bridge()).ports.filter((p) => p.name !== 'br');
    expect(ports).toHaveLength(130);
    expect(ports.every((p) => (p.interfaces[0]?.ofport ?? -1) > 0)).toBe(true);

    const deletions = Object.fromEntries(
      ports.map((p): [string, OvsOp] => [p.name, { do: 'deletePort', uuid: p.uuid, bridge: 'br' }]),
    );
    let asked = 0;
    const partial = await run(deletions, { stop: () => ++asked > 2 });
    expect(partial.size).toBe(10);
    expect((await bridge()).ports).toHaveLength(121);
    expect(failures(await run(deletions))).toEqual({});
    expect((await bridge()).ports.map((p) => p.name)).toEqual(['br']);
  });

  test('a switch that does not answer is said, and the rest is not tried', async () => {
    ovs.pauseSwitch();
    try {
      const { uuid } = await bridge();
      const set: OvsOp = { do: 'setBridge', uuid, datapath: 'netdev', externalIds: {} };
      const deletePort: OvsOp = { do: 'deletePort', uuid, bridge: 'br' };
      const results = await run({ set, deletePort }, { timeoutMs: 200 });
      expect(failures(results)).toEqual({
        set: expect.stringContaining('ovs-vswitchd has not taken up'),
        deletePort: expect.stringContaining('ovs-vswitchd has not taken up'),
      });
    } finally {
      ovs.resumeSwitch();
    }
  });
});
