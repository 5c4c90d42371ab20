import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeNeeding } from '../../support/requires.ts';
import { resolve } from '../../tools/dnsmasq/service-host.ts';
import type { FleetParts } from '../fleet-files.ts';
import { guest } from '../fleet-files.ts';
import { expectConverged } from '../kernel-host.ts';
import { servingHost } from '../serving-host.ts';
import { answering, listenOn80, plugGuest } from './plugged-guest.ts';

const MACS = {
  web1: '52:54:00:00:20:10',
  web2: '52:54:00:00:20:11',
  db1: '52:54:00:00:30:10',
  nobody: '52:54:00:00:20:99',
};
const HOST = { 4: '192.0.2.7', 6: '2001:db8::7' } as const;
const OUTSIDE = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;
const both = [4, 6] as const;
const protocols = ['tcp', 'udp'] as const;

const publish = protocols.map((protocol) => ({ protocol, port: 8080, to: 80 }) as const);
const FLEET: FleetParts = {
  networks: {
    lab: {
      mtu: 1400,
      addressing: [
        { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: { ranges: ['10.20.0.100-10.20.0.199'] } },
        { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', dhcp: { ranges: ['fd00:20::100-fd00:20::1ff'] } },
      ],
      dns: { domain: 'lab.example', localOnly: true, records: [{ name: 'files', addresses: ['10.20.0.5'] }] },
    },
    vault: {
      addressing: [
        { subnet: '10.30.0.0/24', gateway: '10.30.0.1', dhcp: { ranges: ['10.30.0.100-10.30.0.199'] } },
      ],
    },
  },
  host: {
    networks: {
      lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat', nat: { ipv6: true } },
      vault: { type: 'virtual', bridge: 'virbr-vault', forward: 'isolated' },
    },
  },
  guests: {
    web1: guest('lab', { mac: MACS.web1, addresses: ['10.20.0.10', 'fd00:20::10'], publish }),
    web2: guest('lab', { mac: MACS.web2, addresses: ['10.20.0.11', 'fd00:20::11'] }),
    db1: guest('vault', { mac: MACS.db1, addresses: ['10.30.0.10'] }),
  },
};

describeNeeding(['root', 'nft', 'dnsmasq', 'dhcp'], 'guests of virtual networks', () => {
  it('get the addresses that git knows, others one of the range, and names go both ways', {
    timeout: 90_000,
  }, async () => {
    const host = await servingHost();
    host.want(FLEET);
    await host.converge();
    const web1 = plugGuest(host, 'virbr-lab', MACS.web1);
    const nobody = plugGuest(host, 'virbr-lab', MACS.nobody);
    const db1 = plugGuest(host, 'virbr-vault', MACS.db1);

    expect(web1.lease()).toMatchObject({
      ip: '10.20.0.10',
      mask: '24',
      router: '10.20.0.1',
      dns: '10.20.0.1',
      domain: 'lab.example',
      mtu: '1400',
    });
    expect(web1.lease6()).toBe('fd00:20::10');
    expect(nobody.lease()?.ip).toMatch(/^10\.20\.0\.1\d\d$/);
    expect(nobody.lease6()).toMatch(/^fd00:20::1[0-9a-f]{2}$/);
    const isolated = db1.lease();
    expect(isolated).toMatchObject({ ip: '10.30.0.10' });
    expect(isolated?.router).toBeUndefined();

    for (const server of ['10.20.0.1', 'fd00:20::1']) {
      const ask = (lookup: Parameters<typeof resolve>[2], name: string) =>
        resolve(nobody.ns, server, lookup, name);
      expect(ask('resolve4', 'web1.lab.example')).toEqual(['10.20.0.10']);
      expect(ask('resolve6', 'web1.lab.example')).toEqual(['fd00:20::10']);
      expect(ask('resolve4', 'files.lab.example')).toEqual(['10.20.0.5']);
      expect(ask('reverse', '10.20.0.11')).toEqual(['web2.lab.example']);
      expect(ask('reverse', 'fd00:20::11')).toEqual(['web2.lab.example']);
      expect(ask('resolve4', 'nobody.lab.example')).toBe('ENOTFOUND');
    }
    // Not an open resolver: whoever asks from outside is not heard.
    expect(resolve(host.outside, HOST[4], 'resolve4', 'web1.lab.example')).toMatch(/ECONNREFUSED|ETIMEOUT/);
    // Those of one network are no other's.
    expect(resolve(db1.ns, '10.30.0.1', 'resolve4', 'web1.lab.example')).not.toEqual(['10.20.0.10']);
  });

  it('are not left without their addresses where dnsmasq cannot come to its files', async () => {
    const host = await servingHost();
    chmodSync(host.directory, 0o700);
    host.want(FLEET);
    const { report } = await host.apply();
    const service = report.changes.find(({ kind, name }) => kind === 'service' && name === 'lab');
    expect(service).toMatchObject({
      result: 'failed',
      message: expect.stringContaining('RUNTIME_DIRECTORY'),
    });
    chmodSync(host.directory, 0o711);
    await host.converge();
  });

  it('go out under the address of the host, and isolated ones do not', { timeout: 90_000 }, async () => {
    const host = await servingHost();
    host.want(FLEET);
    await host.converge();
    const outside = await answering(host.outside);
    // As if somebody had told it the way: what keeps it out is the host alone.
    host.outside.ip(`route add 10.0.0.0/8 via ${HOST[4]}\nroute add fd00::/16 via ${HOST[6]}\n`);
    const way = ['route replace default via 10.20.0.1', 'route replace default via fd00:20::1'];
    const own = ['addr add 10.20.0.10/24 dev eth0', 'addr add fd00:20::10/64 dev eth0 nodad'];
    const web1 = plugGuest(host, 'virbr-lab', MACS.web1, ...own, ...way);
    const db1 = plugGuest(
      host,
      'virbr-vault',
      MACS.db1,
      'addr add 10.30.0.10/24 dev eth0',
      'route replace default via 10.30.0.1',
    );
    await listenOn80(web1, db1);
    for (const protocol of protocols) {
      for (const version of both) {
        const answer = await web1.ask({ protocol, address: OUTSIDE[version], port: 80 });
        expect(answer).toMatchObject({ address: HOST[version] });
      }
      const closed = { error: expect.any(String) };
      expect(await outside.ask({ protocol, address: '10.20.0.10', port: 80 })).toEqual(closed);
      expect(await outside.ask({ protocol, address: 'fd00:20::10', port: 80 })).toEqual(closed);
      expect(await outside.ask({ protocol, address: '10.30.0.10', port: 80 })).toEqual(closed);
      expect(await db1.ask({ protocol, address: OUTSIDE[4], port: 80 })).toEqual(closed);
      expect(await db1.ask({ protocol, address: '10.20.0.10', port: 80 })).toEqual(closed);
    }
    // A privileged port is not a guest's.
    const low = await web1.ask({ protocol: 'tcp', address: OUTSIDE[4], port: 80, from: 700 });
    expect('port' in low && low.port >= 1024 ? 'unprivileged' : low).toBe('unprivileged');
  });

  it('are reached by what is published: from outside, from the host, from another guest', {
    timeout: 90_000,
  }, async () => {
    const host = await servingHost();
    host.want(FLEET);
    await host.converge();
    const outside = await answering(host.outside);
    const onHost = await answering(host.ns);
    // Where the bridge shows what it forwards to the rules of IP, a guest does not reach itself (published.test.ts).
    const shown = ['iptables', 'ip6tables'].map((name) => `net.bridge.bridge-nf-call-${name}=0`);
    host.ns.exec('sysctl', '-eqw', ...shown);
    const guests = [10, 11].map((n) =>
      plugGuest(
        host,
        'virbr-lab',
        n === 10 ? MACS.web1 : MACS.web2,
        `addr add 10.20.0.${n}/24 dev eth0`,
        `addr add fd00:20::${n}/64 dev eth0 nodad`,
        'route replace default via 10.20.0.1',
        'route replace default via fd00:20::1',
      ),
    );
    await listenOn80(...guests);
    for (const version of both) {
      const gateway = version === 4 ? '10.20.0.1' : 'fd00:20::1';
      for (const protocol of protocols) {
        const ask = { protocol, address: HOST[version], port: 8080 } as const;
        expect(await outside.ask(ask)).toMatchObject({ address: OUTSIDE[version] });
        expect(await onHost.ask(ask)).toHaveProperty('port');
        for (const one of guests) expect(await one.ask(ask)).toMatchObject({ address: gateway });
      }
    }

    const { web1, ...others } = FLEET.guests ?? {};
    const unpublished = guest('lab', { mac: MACS.web1, addresses: ['10.20.0.10', 'fd00:20::10'] });
    host.want({ ...FLEET, guests: { ...others, web1: unpublished } });
    expect(web1).toBeDefined();
    const { report } = await host.converge();
    expect(report.changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['firewall lab']);
    for (const version of both) {
      const ask = { protocol: 'tcp', address: HOST[version], port: 8080 } as const;
      expect(await outside.ask(ask)).toHaveProperty('error');
    }
  });

  it('are let through by nobody else, and a table that drops them is told and left alone', {
    timeout: 90_000,
  }, async () => {
    const host = await servingHost();
    // As Docker leaves it.
    host.ns.exec('nft', 'add table ip filter');
    host.ns.exec('nft', 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }');
    host.ns.exec('nft', 'add rule ip filter FORWARD iifname docker0 counter accept');
    const theirs = () => host.ns.exec('nft', '-s', 'list', 'table', 'ip', 'filter');
    const before = theirs();
    host.want(FLEET);
    await host.converge();
    await answering(host.outside);
    const own = ['addr add 10.20.0.10/24 dev eth0', 'route replace default via 10.20.0.1'];
    const web1 = plugGuest(host, 'virbr-lab', MACS.web1, ...own);
    const ask = { protocol: 'tcp', address: OUTSIDE[4], port: 80 } as const;
    expect(await web1.ask(ask)).toHaveProperty('error');
    const warnings = async () =>
      (await host.plan()).report.problems.filter(({ message }) => message.includes('FORWARD'));
    const [warning, ...more] = await warnings();
    expect(more).toEqual([]);
    expect(warning).toMatchObject({
      severity: 'warning',
      source: { file: expect.stringContaining('hosts/a') },
    });
    expect(warning?.message).toContain('virbr-lab');
    expect(theirs()).toBe(before);

    for (const direction of ['iifname', 'oifname']) {
      host.ns.exec('nft', `add rule ip filter FORWARD ${direction} virbr-lab accept`);
    }
    expect(await web1.ask(ask)).toMatchObject({ address: HOST[4] });
    expect(await warnings()).toEqual([]);
    await expectConverged(host);
    host.want({ host: {} });
    web1.unplug();
    await host.converge();
    expect(theirs()).toContain('virbr-lab');
  });
});
