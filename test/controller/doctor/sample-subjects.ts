import type { Needs, Subject } from '../../../src/controller/doctor/subjects.ts';
import { foreignBridge, foreignTap, nic } from '../../support/host.ts';

export const tap: Subject = {
  name: 'web1-eth0',
  role: 'guest device',
  type: 'tun',
  bridge: 'br-storage',
  mac: 'fe:54:00:12:34:56',
  link: foreignTap(7, 'web1-eth0', { alias: 'plumbline:Guest/web1/eth0' }),
  claimed: true,
};

export const macvtap: Subject = {
  name: 'db1-eth0',
  role: 'guest device',
  type: 'macvtap',
  bridge: null,
  mac: '52:54:00:12:34:57',
  link: null,
  claimed: true,
};

export const bridge: Subject = {
  name: 'br-storage',
  role: 'bridge',
  type: 'bridge',
  bridge: null,
  mac: '02:00:00:00:00:99',
  link: foreignBridge(5, 'br-storage', { alias: 'plumbline:Network/storage' }),
  claimed: true,
};

export const uplink: Subject = {
  name: 'eth1',
  role: 'uplink',
  type: 'physical',
  bridge: 'br-storage',
  mac: '02:00:00:00:00:03',
  link: nic(3, 'eth1', { permanentMac: '02:00:00:00:00:03', altnames: ['enp3s0'] }),
  claimed: false,
};

export const ALL: readonly Subject[] = [tap, macvtap, bridge, uplink];

export const NEEDS: Needs = {
  bridge: true,
  tap: true,
  macvtap: true,
  openvswitch: true,
  ovsKernel: true,
  accounts: true,
  ping: true,
  rules: true,
  service: true,
  forwards: true,
  resolves: true,
};

export const NO_NEEDS: Needs = {
  bridge: false,
  tap: false,
  macvtap: false,
  openvswitch: false,
  ovsKernel: false,
  accounts: false,
  ping: false,
  rules: false,
  service: false,
  forwards: false,
  resolves: false,
};
