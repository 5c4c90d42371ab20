import { describe, expect, it, test } from 'vitest';
import { check } from '../../src/check/check.ts';
import { makeFleet } from '../support/fleet.ts';
import { withNamespace } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';

/** 1,000 guests on red and the given number on blue, which share the bridge br0 of the host h unless blue has another. */
function fleet(onBlue: number, blueBridge = 'br0') {
  const placed = [
    ...Array.from({ length: 1000 }, () => 'red'),
    ...Array.from({ length: onBlue }, () => 'blue'),
  ];
  const guests = placed.map((network, i) => [
    `g${i}`,
    {
      interfaces: [{ name: 'eth0', network }],
      ...(i % 2 === 0 ? { host: 'h' } : { host: 'i', migratingTo: 'h' }),
    },
  ]);
  const entry = { type: 'bridge' as const, manage: true, uplinks: ['eth0'] };
  return makeFleet({
    networks: { red: {}, blue: {} },
    hosts: {
      h: { networks: { blue: { ...entry, bridge: blueBridge }, red: { ...entry, bridge: 'br0' } } },
      i: {
        networks: {
          blue: { type: 'openvswitch', bridge: 'ovs0' },
          red: { type: 'openvswitch', bridge: 'ovs0' },
        },
      },
    },
    guests: Object.fromEntries(guests),
  });
}

describe('the ports of a Linux bridge', () => {
  it('are enough for 1,022 guests of two networks and the uplink that these share', () => {
    expect(check(fleet(22))).toEqual([]);
  });

  it('are too few for one guest more, which is told once, at the first network on the bridge', () => {
    expect(check(fleet(23))).toMatchObject([
      {
        code: 'bridge-too-small',
        severity: 'error',
        path: 'spec.networks.blue.bridge',
        found: '1023 guest interfaces, uplinks: eth0',
        about: ['Host/h'],
      },
    ]);
  });

  it('are counted for each bridge by itself', () => {
    const apart = check(fleet(23, 'br1')).map(({ code }) => code);
    expect(apart).not.toContain('bridge-too-small');
  });
});

describeNeeding(['root'], "the kernel's own limit", () => {
  test('is 1,023 ports', async () => {
    await withNamespace((ns) => {
      const port = (i: number) => `tuntap add dev t${i} mode tap\nlink set dev t${i} master br\n`;
      const ports = Array.from({ length: 1023 }, (_, i) => port(i)).join('');
      ns.ip(`link add name br type bridge\n${ports}`);
      expect(() => ns.ip(port(1023))).toThrow('Exchange full');
    });
  });
});
