import { expect, it } from 'vitest';
import { describeNeeding } from '../../support/requires.ts';
import type { FleetParts } from '../fleet-files.ts';
import { guest } from '../fleet-files.ts';
import { expectConverged } from '../kernel-host.ts';
import { indexes } from '../kernel-links.ts';
import { servingHost } from '../serving-host.ts';

function fleet(name: string, gateway: string): FleetParts {
  return {
    networks: { [name]: { addressing: [{ subnet: '10.20.0.0/24', gateway, dhcp: {} }] } },
    host: { networks: { [name]: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' } } },
    guests: { web1: guest(name, { addresses: ['10.20.0.10'] }) },
  };
}

describeNeeding(['root', 'nft', 'dnsmasq'], 'a network that goes by another name from now on', () => {
  it.each(['10.20.0.1', '10.20.0.2'])(
    'keeps its bridge and its guests, with the gateway %s',
    async (gateway) => {
      const host = await servingHost();
      host.want(fleet('lab', '10.20.0.1'));
      await host.converge();
      const before = indexes(host.links());
      host.want(fleet('laboratory', gateway));
      await host.converge();
      await expectConverged(host);
      expect(host.addresses('virbr-lab')).toEqual([`${gateway}/24`]);
      expect(indexes(host.links())['virbr-lab']).toBe(before['virbr-lab']);
      expect(host.processes()).toHaveLength(1);
      host.want({ host: {} });
      await host.converge();
      expect([host.processes(), host.ns.exec('nft', 'list', 'ruleset')]).toEqual([[], '']);
    },
  );
});
