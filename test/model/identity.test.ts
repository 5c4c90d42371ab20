import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  derivedBridgeMac,
  derivedDeviceName,
  derivedGatewayMac,
  derivedGuestMac,
  derivedInterfaceId,
  derivedNetworkUuid,
  derivedServiceLink,
  tapMac,
} from '../../src/model/identity.ts';
import { isLinkName, isUnicastMac } from '../../src/model/tokens.ts';

// These stand on hosts and inside guests: a change here breaks everybody's.
describe('derived names, golden', () => {
  it('MACs of guests and bridges', () => {
    expect(derivedGuestMac('web1', 'eth0')).toBe('5a:14:d2:b5:83:d0');
    expect(derivedGuestMac('a-guest-with-a-long-name', 'eth0')).toBe('5a:25:0f:fd:00:24');
    expect(derivedBridgeMac('kvm-a', 'br-storage')).toBe('5a:9e:5f:f9:79:43');
  });

  it('what a host serves a network by', () => {
    expect(derivedGatewayMac('lab')).toBe('5a:9c:bb:95:1f:7f');
    expect(derivedServiceLink('red')).toBe('gw_red');
    expect(derivedServiceLink('red-network1')).toBe('gw_red-network1');
    expect(derivedServiceLink('red-network-x')).toBe('gw_red_q5zaz2eh');
    expect(derivedServiceLink('a-network-with-a-long-name')).toBe('gw_a-n_ssf6t0mf');
  });

  it('device names, whole and shortened', () => {
    expect(derivedDeviceName('web1', 'eth0')).toEqual({ name: 'web1-eth0', altname: null });
    expect(derivedDeviceName('0123456789', 'eth0')).toEqual({ name: '0123456789-eth0', altname: null });
    expect(derivedDeviceName('01234567890', 'eth0')).toEqual({
      name: '012345-vfkyqdx7',
      altname: '01234567890-eth0',
    });
    expect(derivedDeviceName('a-guest-with-a-long-name', 'eth0')).toEqual({
      name: 'a-gues-6hac8wbc',
      altname: 'a-guest-with-a-long-name-eth0',
    });
  });

  it('interface ids', () => {
    expect(derivedInterfaceId('web1', 'eth0')).toBe('dcba8d87-d04e-561a-89ed-f8bb1d20e849');
    expect(derivedNetworkUuid('red')).toBe('9f080450-9fd0-54ce-a927-b3601546d29c');
  });
});

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);

describe('derived names', () => {
  it('are valid for all guests', () => {
    fc.assert(
      fc.property(name, name, (guest, iface) => {
        expect(isLinkName(derivedDeviceName(guest, iface).name)).toBe(true);
        const mac = derivedGuestMac(guest, iface);
        expect(isUnicastMac(mac)).toBe(true);
        // The locally administered bit, IEEE 802.
        expect(Number.parseInt(mac.slice(0, 2), 16) & 2).toBe(2);
        expect(isUnicastMac(tapMac(mac))).toBe(true);
        expect(tapMac(mac)).not.toBe(mac);
        expect(derivedInterfaceId(guest, iface)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it('of service links are valid, and no guest device has one', () => {
    fc.assert(
      fc.property(name, name, name, (network, guest, iface) => {
        expect(isLinkName(derivedServiceLink(network))).toBe(true);
        expect(derivedServiceLink(network)).not.toBe(derivedDeviceName(guest, iface).name);
        expect(isUnicastMac(derivedGatewayMac(network))).toBe(true);
      }),
    );
  });

  it('tell apart what reads alike when joined', () => {
    expect(derivedGuestMac('a-b', 'c')).not.toBe(derivedGuestMac('a', 'b-c'));
    expect(derivedInterfaceId('a-b', 'c')).not.toBe(derivedInterfaceId('a', 'b-c'));
  });
});
