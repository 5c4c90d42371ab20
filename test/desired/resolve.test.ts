import { describe, expect, it } from 'vitest';
import { guestsOn, resolveGuest, resolveHost } from '../../src/desired/resolve.ts';
import { makeFleet } from '../support/fleet.ts';

describe('a resolved host', () => {
  const bridge = (name: string) => ({ type: 'bridge' as const, bridge: name });

  it('has its own entries before those of its classes, whole, in name order', () => {
    const fleet = makeFleet({
      networks: { red: {}, blue: {} },
      classes: {
        rack: { networks: { red: bridge('br-class'), blue: bridge('br-blue') }, guestDevices: { user: 'a' } },
      },
      hosts: {
        a: {
          classes: ['rack', 'missing'],
          networks: { red: { ...bridge('br-own'), manage: true }, gone: bridge('x') },
        },
      },
    });
    const host = resolveHost(fleet, 'a');
    expect(
      [...(host?.networks ?? [])].map(([name, { entry, document, network }]) => [
        name,
        entry,
        document.kind,
        network?.name,
      ]),
    ).toEqual([
      ['blue', bridge('br-blue'), 'HostClass', 'blue'],
      ['gone', bridge('x'), 'Host', undefined],
      ['red', { ...bridge('br-own'), manage: true }, 'Host', 'red'],
    ]);
    expect(host?.guestDevices).toEqual({ user: 'a' });
    expect(host?.networks.get('blue')?.at(['bridge']).file).toBe('HostClass/rack.yaml');
    expect(resolveHost(fleet, 'b')).toBeUndefined();
  });

  it('knows its devices by MACs in one notation', () => {
    const fleet = makeFleet({
      hosts: { a: { devices: { front0: { match: { mac: '02-00-00-00-00-AA' }, maxGuests: 3 }, eth1: {} } } },
    });
    expect({ ...resolveHost(fleet, 'a')?.devices }).toEqual({
      front0: { match: { mac: '02:00:00:00:00:aa' }, maxGuests: 3 },
      eth1: { match: null, maxGuests: null },
    });
  });
});

describe('a resolved guest', () => {
  const fleet = makeFleet({
    networks: { red: { portGroups: [{ name: 'web' }, { name: 'db', default: true }] } },
    guests: {
      web1: {
        host: 'a',
        uuid: '4DEA22B3-1D52-4F40-A5F4-3B0A5A3B6A01',
        interfaces: [
          { name: 'eth0', network: 'red' },
          {
            name: 'eth1',
            network: 'red',
            portGroup: 'web',
            mac: '52-54-00-AA-BB-CC',
            device: 'tap7',
            id: 'ABCDEF01-0000-4000-8000-000000000000',
            queues: 4,
          },
          { name: 'eth2', network: 'gone', portGroup: 'gone' },
        ],
      },
      web2: { interfaces: [] },
      web3: { interfaces: [] },
    },
    placements: { web2: { host: 'b', migratingTo: 'a' } },
  });

  it('has all that its document leaves out', () => {
    const guest = resolveGuest(fleet, 'web1');
    expect(guest).toMatchObject({ host: 'a', migratingTo: null, placedBy: { kind: 'Guest' } });
    expect(guest?.interfaces).toMatchObject([
      {
        name: 'eth0',
        portGroup: { name: 'db' },
        mac: '5a:14:d2:b5:83:d0',
        device: 'web1-eth0',
        altname: null,
        statedId: null,
        queues: 1,
        adopt: false,
        guestUuid: '4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01',
      },
      {
        name: 'eth1',
        portGroup: { name: 'web' },
        mac: '52:54:00:aa:bb:cc',
        device: 'tap7',
        statedId: 'abcdef01-0000-4000-8000-000000000000',
        queues: 4,
      },
      { name: 'eth2', portGroup: null },
    ]);
  });

  it('is where its Placement says, and nowhere without any', () => {
    expect(resolveGuest(fleet, 'web2')).toMatchObject({
      host: 'b',
      migratingTo: 'a',
      placedBy: { kind: 'Placement' },
    });
    expect(resolveGuest(fleet, 'web3')).toMatchObject({ host: null, migratingTo: null, placedBy: null });
    expect(resolveGuest(fleet, 'web4')).toBeUndefined();
  });

  it('is on the host that it migrates to as well', () => {
    expect(guestsOn(fleet, 'a').map(({ name }) => name)).toEqual(['web1', 'web2']);
    expect(guestsOn(fleet, 'b').map(({ name }) => name)).toEqual(['web2']);
    expect(guestsOn(fleet, 'c')).toEqual([]);
  });
});
