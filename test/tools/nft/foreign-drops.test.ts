import { beforeAll, beforeEach, expect, it } from 'vitest';
import { firewallRules } from '../../../src/realise/firewall.ts';
import { describeNeeding } from '../../support/requires.ts';
import { servingOf, withNetworks } from './networks.ts';

/** As Docker leaves it by iptables-nft; `user` are the rules that its documentation has people write. */
function docker(user: string): string {
  return `
    table ip filter {
      chain DOCKER { }
      chain DOCKER-USER {
        ${user}
        counter packets 0 bytes 0 return
      }
      chain FORWARD {
        type filter hook forward priority filter; policy drop;
        counter packets 0 bytes 0 jump DOCKER-USER
        oifname "docker0" ct state related,established counter packets 0 bytes 0 accept
        oifname "docker0" counter packets 0 bytes 0 jump DOCKER
        iifname "docker0" oifname != "docker0" counter packets 0 bytes 0 accept
      }
    }`;
}
const DOCKER = { family: 'ip', table: 'filter', chain: 'FORWARD' };

/** With a zone for whoever is trusted. */
const FIREWALLD_ZONES = `
  table inet firewalld {
    chain filter_FWD_trusted_pre { }
    chain filter_FWD_trusted {
      jump filter_FWD_trusted_pre
      accept
    }
    chain filter_FWD_public {
      meta l4proto icmp accept
    }
    chain filter_FORWARD_ZONES {
      iifname "br1" goto filter_FWD_trusted
      iifname "eth0" goto filter_FWD_public
    }
    chain filter_FORWARD {
      type filter hook forward priority filter + 10; policy accept;
      ct state { established, related } accept
      jump filter_FORWARD_ZONES
      reject with icmpx admin-prohibited
    }
  }`;

const FIREWALLD = `
  table inet firewalld {
    chain filter_FORWARD {
      type filter hook forward priority filter + 10; policy accept;
      ct state { established, related } accept
      iifname "lo" accept
      reject with icmpx admin-prohibited
    }
  }`;

describeNeeding(['root', 'nft'], 'what other programs drop', () => {
  const net = withNetworks(1);
  beforeAll(async () => {
    const rules = firewallRules(servingOf(1, 'nat'), { outside: { is: 'anywhere' }, island: true });
    await net.firewall({ do: 'set', owner: 'net1', link: 'br1', rules });
  });
  beforeEach(() => {
    for (const table of ['ip filter', 'inet firewalld', 'inet other']) {
      net.host.ns.exec('nft', `add table ${table}; delete table ${table}`);
    }
  });

  async function load(text: string): Promise<void> {
    const child = net.host.ns.start('nft', '-f', '-');
    child.stdin?.end(text);
    expect(await new Promise((done) => child.once('exit', done))).toBe(0);
  }
  const drops = async () => (await net.read()).foreignDrops;
  const reaches = async () =>
    'port' in (await net.guest(1, 1).ask({ protocol: 'tcp', address: net.outside[0][4], port: 80 }));

  it('nothing is nothing', async () => {
    expect(await drops()).toEqual([]);
    expect(await reaches()).toBe(true);
  });

  it("Docker's policy is found, and the rules for people that let a network through", async () => {
    await load(docker(''));
    expect(await reaches()).toBe(false);
    expect(await drops()).toEqual([{ ...DOCKER, spares: [] }]);
    await load('delete table ip filter');
    await load(docker('iifname "br1" counter accept ; oifname "br1" counter accept'));
    expect(await reaches()).toBe(true);
    expect(await drops()).toEqual([{ ...DOCKER, spares: ['br1'] }]);
  });

  it('one direction, or one pair of links, is not enough', async () => {
    await load(docker('iifname "br1" accept ; iifname "br2" oifname "eth0" accept ; oifname "br2" accept'));
    expect(await drops()).toEqual([{ ...DOCKER, spares: [] }]);
  });

  it("firewalld's last rule is found", async () => {
    await load(FIREWALLD);
    expect(await drops()).toEqual([
      { family: 'inet', table: 'firewalld', chain: 'filter_FORWARD', spares: ['lo'] },
    ]);
    expect(await reaches()).toBe(false);
  });

  it("a zone of firewalld's that accepts what comes from a network lets it through", async () => {
    await load(FIREWALLD_ZONES);
    expect(await reaches()).toBe(true);
    expect(await drops()).toEqual([
      { family: 'inet', table: 'firewalld', chain: 'filter_FORWARD', spares: ['br1'] },
    ]);
  });

  it('chains that accept, and those at other hooks, are none', async () => {
    await load(`
      table inet other {
        chain a { type filter hook forward priority 0; policy accept; tcp dport 9 drop; }
        chain b { type filter hook input priority 0; policy drop; iifname "lo" accept; }
        chain c { type filter hook forward priority 5; policy accept; counter drop; }
        chain d { counter drop; }
      }`);
    expect(await drops()).toEqual([{ family: 'inet', table: 'other', chain: 'c', spares: [] }]);
  });

  it('tables of others are what they were, whatever we do with ours', async () => {
    await load(docker('iifname "br1" accept ; oifname "br1" accept'));
    await load(FIREWALLD);
    const strangers = () =>
      ['ip filter', 'inet firewalld'].map((table) =>
        net.host.ns.exec('nft', '-s', '-a', `list table ${table}`),
      );
    const before = strangers();
    const rules = firewallRules(servingOf(1, 'isolated'), { outside: { is: 'anywhere' }, island: true });
    await net.firewall({ do: 'set', owner: 'net1', link: 'br1', rules });
    net.host.ns.exec('nft', 'add chain inet plumbline stray');
    await net.firewall({ do: 'set', owner: 'net1', link: 'br1', rules });
    await net.firewall({ do: 'remove', owner: 'net1' });
    expect(strangers()).toEqual(before);
  });
});
