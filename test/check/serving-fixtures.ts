import type { Fixture } from './fixtures.ts';
import { guest, kvmC, onRed, subnet, virtual } from './served-fleet.ts';

/** What hosts can say wrong of serving networks, and guests of being reached. */
export const SERVING_FIXTURES: Fixture[] = [
  // Serving
  {
    code: 'serve-without-addressing',
    with: kvmC('bare: { type: bridge, bridge: br0, serve: true }'),
    at: 'Host-kvm-c spec.networks.bare.serve',
  },
  ...['private', 'passthrough'].map((mode) => ({
    code: 'serve-not-supported',
    with: kvmC(onRed('serve: { ranges: [] }').replace('mode: bridge', `mode: ${mode}`)),
    at: 'Host-kvm-c spec.networks.red.mode',
    found: mode,
  })),
  {
    code: 'unknown-port-group',
    with: kvmC('red: { type: openvswitch, bridge: ovs0, serve: { ranges: [], portGroup: v24 } }'),
    at: 'Host-kvm-c spec.networks.red.serve.portGroup',
    hint: /v42/,
  },
  {
    code: 'serve-not-supported',
    with: kvmC('red: { type: openvswitch, bridge: ovs0, serve: { ranges: [], portGroup: all } }'),
    at: 'Host-kvm-c spec.networks.red.serve.portGroup',
  },
  {
    code: 'bridge-served-twice',
    with: kvmC(
      'lab: { type: bridge, bridge: br0, serve: { ranges: [] } }, red: { type: bridge, bridge: br0, serve: { ranges: [] } }',
    ),
    at: 'Host-kvm-c spec.networks.red.serve',
    hint: /Host-kvm-c\.yaml:4/,
  },
  // Forwarding
  {
    code: 'unused-setting',
    with: kvmC(`lab: ${virtual('route', 'nat: {}')}`),
    at: 'Host-kvm-c spec.networks.lab.nat',
  },
  {
    code: 'unused-setting',
    with: kvmC(`lab: ${virtual('isolated', 'nat: {}')}`),
    at: 'Host-kvm-c spec.networks.lab.nat',
  },
  {
    code: 'unused-setting',
    with: kvmC(`lab: ${virtual('isolated', 'device: eth0')}`),
    at: 'Host-kvm-c spec.networks.lab.device',
  },
  {
    code: 'unused-setting',
    with: kvmC(`lab: ${virtual('open', 'device: eth0')}`),
    at: 'Host-kvm-c spec.networks.lab.device',
  },
  {
    code: 'unused-setting',
    with: kvmC(`lab: ${virtual('open', 'hostAccess: true')}`),
    at: 'Host-kvm-c spec.networks.lab.hostAccess',
  },
  {
    code: 'unused-setting',
    with: kvmC(onRed('serve: { ranges: [], nat: {} }')),
    at: 'Host-kvm-c spec.networks.red.serve.nat',
  },
  {
    code: 'unused-setting',
    with: kvmC(`lab: ${virtual('nat', 'nat: { addresses: "2001:db8::1" }')}`),
    at: 'Host-kvm-c spec.networks.lab.nat.addresses',
  },
  {
    code: 'bad-range',
    with: kvmC(`lab: ${virtual('nat', 'nat: { addresses: 192.0.2.9-192.0.2.1 }')}`),
    at: 'Host-kvm-c spec.networks.lab.nat.addresses',
  },
  {
    code: 'device-conflict',
    with: kvmC(`lab: ${virtual('nat', 'device: virbr-lab')}`),
    at: 'Host-kvm-c spec.networks.lab.device',
  },
  {
    code: 'needs-gateway',
    with: kvmC(`bare: ${virtual('nat')}`),
    at: 'Host-kvm-c spec.networks.bare.forward',
    hint: /isolated/,
  },
  {
    code: 'needs-gateway',
    with: kvmC(`bare: ${virtual('route')}`),
    at: 'Host-kvm-c spec.networks.bare.forward',
  },
  {
    code: 'needs-gateway',
    with: kvmC(onRed('serve: { ranges: [], forward: nat, nat: { ipv6: true } }')),
    at: 'Host-kvm-c spec.networks.red.serve.nat.ipv6',
  },
  // Networks of one host
  {
    code: 'served-subnets-overlap',
    with: `Network bare: { addressing: [{ subnet: 10.20.0.64/26, gateway: 10.20.0.65 }] }\n${kvmC(`lab: ${virtual('nat')}, bare: ${virtual('nat', 'bridge: virbr1')}`)}`,
    at: 'Host-kvm-c spec.networks.lab',
    found: '10.20.0.0/24',
  },
  {
    code: 'served-subnets-overlap',
    with: `Network bare: { addressing: [{ subnet: "fd00::/16" }] }\n${kvmC(`lab: ${virtual('nat')}, bare: { type: bridge, bridge: br0, serve: true }`).replace('serve: true', 'serve: { forward: isolated }')}`,
    at: 'Host-kvm-c spec.networks.lab',
  },
  {
    code: 'shared-ranges-overlap',
    with: kvmC(onRed('serve: true')),
    at: 'Host-kvm-c spec.networks.red.serve',
    found: '10.30.0.100-10.30.0.149',
    hint: /Host-kvm-a\.yaml:4/,
  },
  {
    code: 'shared-ranges-overlap',
    with: kvmC(onRed('serve: { ranges: [10.30.0.200-10.30.0.220, 10.30.0.190-10.30.0.195] }')),
    at: 'Host-kvm-c spec.networks.red.serve',
    found: '10.30.0.190-10.30.0.195',
  },
  // Bridges of virtual networks
  {
    code: 'bridge-conflict',
    with: kvmC(`lab: ${virtual('nat')}, bare: ${virtual('isolated')}`),
    at: 'Host-kvm-c spec.networks.lab.bridge',
  },
  {
    code: 'bridge-conflict',
    with: kvmC(`lab: ${virtual('nat')}, bare: { type: bridge, bridge: virbr-lab }`),
    at: 'Host-kvm-c spec.networks.lab.bridge',
  },
  {
    code: 'bridge-name-taken',
    with: kvmC(
      `lab: ${virtual('nat', 'bridge: eth2')}, red: { type: direct, mode: vepa, pool: [{ device: eth2 }] }`,
    ),
    at: 'Host-kvm-c spec.networks.lab.bridge',
  },
  {
    code: 'bridge-name-taken',
    with: kvmC(
      `lab: ${virtual('nat', 'bridge: eth2')}, red: { type: bridge, bridge: br0, manage: true, uplinks: [eth2] }`,
    ),
    at: 'Host-kvm-c spec.networks.lab.bridge',
  },
  {
    code: 'device-name-taken',
    with: guest('x', 'device: virbr-lab'),
    at: 'Guest-x spec.interfaces[0].device',
  },
  { code: 'device-name-taken', with: guest('x', 'device: gw_red'), at: 'Guest-x spec.interfaces[0].device' },
  { code: 'device-name-taken', with: guest('x', 'device: eth0'), at: 'Guest-x spec.interfaces[0].device' },
  {
    code: 'needs-stp',
    with: kvmC(`lab: ${virtual('nat', 'forwardDelay: 4')}`),
    at: 'Host-kvm-c spec.networks.lab.forwardDelay',
  },
  {
    code: 'vlan-not-supported',
    with: `Network lab: { portGroups: [{ name: v, default: true, vlan: { tag: 1 } }], addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: {}')}] }\n${'Guest web1: { interfaces: [] }\nGuest web2: { interfaces: [] }\nGuest db: { interfaces: [] }\n'}Guest x: { host: kvm-a, interfaces: [{ name: eth0, network: lab }] }`,
    at: 'Guest-x spec.interfaces[0].network',
  },
  // Published ports
  {
    code: 'publish-without-address',
    with: guest('x', 'publish: [{ protocol: tcp, port: 1 }]'),
    at: 'Guest-x spec.interfaces[0].publish[0]',
  },
  {
    code: 'publish-without-address',
    with: guest(
      'x',
      'addresses: [10.20.0.20], publish: [{ protocol: tcp, port: 1, address: "2001:db8::1" }]',
    ),
    at: 'Guest-x spec.interfaces[0].publish[0].address',
  },
  {
    code: 'publish-without-nat',
    with: 'Guest x: { host: kvm-a, interfaces: [{ name: eth0, network: red, portGroup: all, addresses: [10.30.0.20], publish: [{ protocol: tcp, port: 1 }] }] }\nNetwork red: { addressing: [{ subnet: 10.30.0.0/24, gateway: 10.30.0.1, dhcp: {} }], portGroups: [{ name: v42 }, { name: all }] }',
    at: 'Guest-x spec.interfaces[0].publish',
    found: 'forward: route',
  },
  {
    code: 'publish-without-nat',
    with: `${kvmC('red: { type: bridge, bridge: br0 }')}\nGuest x: { host: kvm-c, interfaces: [{ name: eth0, network: red, portGroup: v42, addresses: [10.30.0.20], publish: [{ protocol: tcp, port: 1 }] }] }\nNetwork red: { addressing: [{ subnet: 10.30.0.0/24, gateway: 10.30.0.1, dhcp: {} }], portGroups: [{ name: v42 }] }`,
    at: 'Guest-x spec.interfaces[0].publish',
    found: 'red is not served there',
  },
  {
    code: 'duplicate-published-port',
    with: guest('x', 'addresses: [10.20.0.20], publish: [{ protocol: tcp, port: 8080, address: 192.0.2.1 }]'),
    at: 'Guest-x spec.interfaces[0].publish[0].port',
    hint: /Guest-web1\.yaml:4/,
  },
  {
    code: 'duplicate-published-port',
    with: guest(
      'x',
      'addresses: [10.20.0.20], publish: [{ protocol: udp, port: 53 }, { protocol: udp, port: 53, to: 54 }]',
    ),
    at: 'Guest-x spec.interfaces[0].publish[1].port',
  },
];
