import { expect, it } from 'vitest';
import type { Serving } from '../../../src/desired/serving.ts';
import type { NftOp } from '../../../src/model/step.ts';
import { firewallRules } from '../../../src/realise/firewall.ts';
import { startTalk, type Talk } from '../../run/talk.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { servingOf, withNetworks } from './networks.ts';
import { published } from './servings.ts';

function rulesOf(one: Serving): NftOp {
  const rules = firewallRules(one, { outside: { is: 'anywhere' }, island: true });
  return { do: 'set', owner: one.network, link: one.link, rules };
}

describeNeeding(['root', 'nft'], 'connections that stand', () => {
  const net = withNetworks(2);

  it('go on through every change of rules', async () => {
    const web = [published('tcp', 7777, 7777, ['10.1.0.12', 'fd00:1::12'])];
    const plain = servingOf(1, 'nat', { published: web });
    await net.firewall(rulesOf(plain));
    const [outside] = net.outside;
    const talks = [
      await startTalk(net.guest(1, 1).ns, outside.ns, outside[4]),
      await startTalk(net.guest(1, 1).ns, outside.ns, outside[6]),
      await startTalk(outside.ns, net.guest(1, 2).ns, net.host[4]),
    ];
    const changes: [string, () => Promise<unknown>][] = [
      ['another network', () => net.firewall(rulesOf(servingOf(2, 'isolated')))],
      [
        'another way to translate',
        () => net.firewall(rulesOf({ ...plain, nat: { ...plain.nat, ports: { first: 3000, last: 4000 } } })),
      ],
      [
        'another port',
        () => net.firewall(rulesOf({ ...plain, published: [...web, published('tcp', 9, 9, ['10.1.0.12'])] })),
      ],
      [
        'all of the table anew',
        async () => {
          net.host.ns.exec('nft', 'add', 'chain', 'inet', 'plumbline', 'stray');
          expect((await net.read()).firewall?.whole).toBe(false);
          await net.firewall(rulesOf(plain));
          expect((await net.read()).firewall?.whole).toBe(true);
        },
      ],
      ['removal of another network', () => net.firewall({ do: 'remove', owner: 'net2' })],
      ['a link made anew', async () => net.host.ns.ip('link del br2\nlink add name br2 type bridge\n')],
    ];
    for (const [what, change] of changes) {
      await change();
      await Promise.all(talks.map((talk) => goesOn(talk, what)));
    }
    // What was published is known to the connection; nobody new comes in by it.
    await net.firewall(rulesOf({ ...plain, published: [] }));
    await Promise.all(talks.map((talk) => goesOn(talk, 'a port that is published no more')));
    const late = await outside.ask({ protocol: 'tcp', address: net.host[4], port: 7777 });
    expect(late).toEqual({ error: 'ECONNREFUSED' });
    for (const talk of talks) expect(talk.stop().ended).toBe(false);
  });

  async function goesOn(talk: Talk, through: string): Promise<void> {
    const before = talk.answers();
    await until(`a connection goes on through ${through}`, () => talk.answers() > before + 10);
  }
});
