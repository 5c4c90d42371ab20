import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dnsmasqSpec } from '../../../src/realise/dnsmasq.ts';
import type { Namespace } from '../../support/netns.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { makeDhcp, makeServing, makeSubnet } from '../../support/serving.ts';
import { type ServiceHost, serviceHost } from './service-host.ts';

const RANGES = ['10.20.0.100-10.20.0.149', '10.20.0.150-10.20.0.199'] as const;

/** A host that hands out one of the ranges, with its uplink in the switch. */
async function serve(place: ServiceHost, uplink: string, own: 0 | 1): Promise<ServiceHost> {
  const host = serviceHost();
  host.bridge('br0', '10.20.0.1/24');
  // As every host has it that serves the network.
  host.ns.ip('link set dev br0 address 5a:00:00:00:00:01\n');
  host.ns.ip(
    `link add name up0 type veth peer name ${uplink} netns ${place.ns.name}\nlink set dev up0 master br0 up\n`,
  );
  place.ns.ip(`link set dev ${uplink} master sw up\n`);
  const dhcp = { ...makeDhcp(RANGES[own]), others: makeDhcp(RANGES[own === 0 ? 1 : 0]).ranges };
  const serving = makeServing({ subnets: [makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp })] });
  const spec = dnsmasqSpec(serving, { link: 'br0', mtu: null });
  if (spec === null) throw new Error('nothing to serve');
  await host.start('lab', spec);
  return host;
}

/** A client that goes on: says `bound ADDRESS` and `renew ADDRESS`, and renews on SIGUSR1, by broadcast. */
function client(place: ServiceHost, guest: Namespace): { said: () => string; renew(): void } {
  const script = join(place.directory, 'say.sh');
  writeFileSync(script, '#!/bin/sh\n[ "$1" != bound ] || ip addr add $ip/24 dev eth0\necho "$1 $ip"\n', {
    mode: 0o755,
  });
  const child = guest.start('sh', '-c', `exec busybox udhcpc -i eth0 -f -A 1 -T 1 -s ${script} 2>/dev/null`);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return { said: () => text, renew: () => void child.kill('SIGUSR1') };
}

describeNeeding(['root', 'dnsmasq', 'dhcp'], 'two hosts that serve one segment', () => {
  test('do not refuse what the other one has offered, and each goes on for the other', async () => {
    const place = serviceHost();
    place.bridge('sw');
    const hosts = [await serve(place, 'a', 0), await serve(place, 'b', 1)];
    const clients = [1, 2, 3].map((n) => client(place, place.guest('sw', `52:54:00:00:00:0${n}`)));
    for (const one of clients) await until('a lease', () => one.said().includes('bound'), 30);
    for (const one of clients) expect(one.said()).toMatch(/bound 10\.20\.0\.1\d\d$/m);
    expect(clients.map((one) => one.said()).join()).not.toContain('nak');

    // With either of them gone the other one confirms what both know.
    for (const [i, host] of hosts.entries()) {
      host.ns.ip('link set dev up0 down\n');
      for (const one of clients) {
        const lease = /bound (.*)/.exec(one.said())?.[1];
        one.renew();
        await until(`${lease} confirmed`, () => one.said().split(`renew ${lease}`).length === i + 2, 30);
      }
      host.ns.ip('link set dev up0 up\n');
    }
    expect(clients.map((one) => one.said()).join()).not.toContain('nak');
  });
});
