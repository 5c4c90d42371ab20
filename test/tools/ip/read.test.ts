import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LinkState } from '../../../src/model/host.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace, uniqueIndex, withNamespace } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

type ReadModule = typeof import('../../../src/tools/ip/read.ts');
type NodeModule = typeof import('../../../src/tools/node.ts');

describeNeeding(['root'], 'links of a real kernel', () => {
  let ns: Namespace;
  beforeAll(() => {
    ns = createNamespace();
    ns.ip(
      [
        'link add name va type veth peer name vb',
        'link set dev va up mtu 9000',
        'link set dev vb up',
        'link add name br type bridge forward_delay 400 ageing_time 12000 stp_state 1 mcast_snooping 0',
        'link set dev br up alias plumbline:Network/storage',
        'link property add dev br altname plumbline:uplink:va@br altname br-long',
        'addr add 192.0.2.1/24 dev br',
        'addr add 2001:db8::1/64 dev br',
        'addr add 169.254.1.1/16 dev br scope link',
        'tuntap add dev t1 mode tap user daemon group 54321 multi_queue pi vnet_hdr',
        'link set dev t1 master br group 1886153058',
        'link set dev t1 type bridge_slave isolated on',
        'tuntap add dev t2 mode tap',
        `link add link va name m1 index ${uniqueIndex()} group 2147483647 type macvtap mode private`,
        '',
      ].join('\n'),
    );
  });
  afterAll(() => ns?.remove());

  async function read(options: { nodes?: boolean } = {}, where = ns): Promise<Map<string, LinkState>> {
    const links = await runInNamespace<ReadModule, 'readLinks'>(where, 'src/tools/ip/read.ts', 'readLinks', [
      options,
    ]);
    return new Map(links.map((link) => [link.name, link]));
  }

  test('every kind of link as the kernel has it', async () => {
    const links = await read();
    expect([...links.keys()].sort()).toEqual(['br', 'lo', 'm1', 't1', 't2', 'va', 'vb']);
    expect(links.get('br')).toMatchObject({
      type: 'bridge',
      alias: 'plumbline:Network/storage',
      altnames: expect.arrayContaining(['plumbline:uplink:va@br', 'br-long']),
      up: true,
      group: 0,
      globalAddresses: ['192.0.2.1/24', '2001:db8::1/64'],
      bridge: { stp: true, forwardDelay: 4, ageingTime: 120, multicastSnooping: false },
      macvtap: null,
      tap: null,
      port: null,
    });
    expect(links.get('t1')).toMatchObject({
      type: 'tun',
      group: 1886153058,
      up: false,
      carrier: false,
      master: 'br',
      port: { isolated: true },
      tap: {
        mode: 'tap',
        multiQueue: true,
        queues: 0,
        headers: { packetInfo: true, virtio: true },
        owner: { uid: 1, gid: 54321 },
      },
    });
    expect(links.get('t2')?.tap).toEqual({
      mode: 'tap',
      multiQueue: false,
      queues: 0,
      headers: { packetInfo: false, virtio: false },
      owner: { uid: null, gid: null },
    });
    expect(links.get('m1')).toMatchObject({
      type: 'macvtap',
      parent: 'va',
      group: 2147483647,
      mtu: 9000,
      macvtap: { mode: 'private' },
      node: null,
    });
    expect(links.get('va')).toMatchObject({ type: 'veth', carrier: true, mtu: 9000, parent: null });
    expect(links.get('lo')).toMatchObject({ index: 1, type: 'physical', globalAddresses: [] });
  });

  test("a macvtap's node gets the owner that is set, and shows it", async () => {
    const index = (await read()).get('m1')?.index ?? 0;
    expect((await read({ nodes: true })).get('m1')?.node).toEqual({ uid: 0, gid: 0 });
    const set = (link: { name: string; index: number }) =>
      runInNamespace<NodeModule, 'setNodeOwner'>(ns, 'src/tools/node.ts', 'setNodeOwner', [link, 1234, null]);
    expect(await set({ name: 'm1', index })).toEqual({ ok: true });
    expect((await read({ nodes: true })).get('m1')?.node).toEqual({ uid: 1234, gid: 0 });
    // The name with another index, and a link that is no macvtap, have no node.
    for (const link of [
      { name: 'm1', index: index + 1 },
      { name: 'br', index: 4 },
    ]) {
      expect(await set(link)).toEqual({ ok: false, message: expect.stringContaining('/sys does not show') });
    }
  });

  test('a dump that others disturb is read again, never believed', () =>
    withNamespace(async (busy) => {
      busy.ip(Array.from({ length: 400 }, (_, i) => `link add name pad${i} type ifb\n`).join(''));
      const churn = busy.start(
        process.execPath,
        '-e',
        `const { spawnSync } = require('node:child_process');
         let lines = '';
         for (let i = 0; i < 200; i++) lines += 'link add name c type ifb\\nlink delete dev c\\n';
         spawnSync('ip', ['-batch', '-'], { input: lines });
         console.log('end');`,
      );
      let over = false;
      churn.stdout?.once('data', () => {
        over = true;
      });
      do {
        // Either a whole picture, or an error that says what is the matter.
        const links = await read({}, busy).catch((error: Error) => error);
        if (links instanceof Error) expect(links.message).toContain('changed during each of');
        else expect([...links.keys()].filter((name) => name.startsWith('pad'))).toHaveLength(400);
      } while (!over);
    }));
});
