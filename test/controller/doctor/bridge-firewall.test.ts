import { describe, expect, test } from 'vitest';
import { judgeBridgeFirewall, readBridgeFirewall } from '../../../src/controller/doctor/bridge-firewall.ts';
import { forwardChains } from '../../../src/tools/nft/foreign-drops.ts';
import { desiredDirectory } from '../../support/desired-directory.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { withNamespace } from '../../support/netns.ts';

type Module = typeof import('../../../src/controller/doctor/bridge-firewall.ts');
const PATH = 'src/controller/doctor/bridge-firewall.ts';
const drop = { family: 'ip', table: 'filter', chain: 'FORWARD', bridgedAccepted: false };

describe('br_netfilter and a FORWARD policy of drop', () => {
  test('together they drop guests’ frames', () => {
    const [finding, ...others] = judgeBridgeFirewall({ calls: ['ip'], drops: [drop] }, true);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'bridge-firewall', severity: 'error' });
    expect(finding?.hint).toContain('net.bridge.bridge-nf-call-iptables=0');
  });

  test('each alone, another family, or no bridges: nothing', () => {
    expect(judgeBridgeFirewall({ calls: [], drops: [drop] }, true)).toEqual([]);
    expect(judgeBridgeFirewall({ calls: ['ip'], drops: [] }, true)).toEqual([]);
    expect(judgeBridgeFirewall({ calls: ['ip6'], drops: [drop] }, true)).toEqual([]);
    expect(judgeBridgeFirewall({ calls: ['ip'], drops: [{ ...drop, family: 'bridge' }] }, true)).toEqual([]);
    expect(judgeBridgeFirewall({ calls: ['ip'], drops: [drop] }, false)).toEqual([]);
  });

  test('an inet chain drops for both; a rule for bridged frames, or no answer, makes it a warning', () => {
    expect(judgeBridgeFirewall({ calls: ['ip6'], drops: [{ ...drop, family: 'inet' }] }, true)).toHaveLength(
      1,
    );
    const accepted = { ...drop, bridgedAccepted: true };
    expect(judgeBridgeFirewall({ calls: ['ip'], drops: [accepted] }, true)).toMatchObject([
      { severity: 'warning' },
    ]);
    expect(judgeBridgeFirewall({ calls: ['ip'], drops: null }, true)).toMatchObject([
      { code: 'bridge-firewall-unknown', severity: 'warning' },
    ]);
  });

  test('what is no list of chains is no answer', () => {
    for (const json of [null, [], {}, { nftables: 3 }]) expect(forwardChains(json)).toBeNull();
    const nameless = { chain: { hook: 'forward', policy: 'drop' } };
    expect(forwardChains({ nftables: [null, nameless] })).toEqual([]);
  });

  test('without br_netfilter the firewall is not even asked', async () => {
    expect(await readBridgeFirewall(desiredDirectory({}))).toEqual({ calls: [], drops: [] });
  });

  test('read from a real kernel', async () => {
    await withNamespace(async (namespace) => {
      const read = () =>
        runInNamespace<Module, 'readBridgeFirewall'>(namespace, PATH, 'readBridgeFirewall', ['/proc']);
      const calls = (value: string) =>
        namespace.exec(
          'sysctl',
          '-qw',
          ...['iptables', 'ip6tables'].map((t) => `net.bridge.bridge-nf-call-${t}=${value}`),
        );
      calls('0');
      namespace.exec(
        'nft',
        'add table ip t; add chain ip t c { type filter hook forward priority 0; policy drop; }',
      );
      expect((await read()).calls).toEqual([]);
      calls('1');
      const found = { family: 'ip', table: 't', chain: 'c' };
      expect(await read()).toEqual({ calls: ['ip', 'ip6'], drops: [{ ...found, bridgedAccepted: false }] });
      namespace.exec('nft', 'add chain ip t c { policy accept; }');
      expect((await read()).drops).toEqual([]);
    });
  });
});
