/** A fleet on which all rules hold; each fixture changes a piece of it. */
export const BASE = `
Network red: { portGroups: [{ name: web, default: true }, { name: v42, vlan: { tag: 42 } }, { name: all, vlan: { trunk: [1, 2], native: 3 } }, { name: alone, isolated: true }] }
Network blue: {}
HostClass rack: { networks: { blue: { type: bridge, bridge: br-blue, manage: true, uplinks: [eth9] } } }
Host kvm-a: { classes: [rack], devices: { front0: { match: { name: eth2 } } }, networks: { red: { type: direct, mode: vepa, pool: [{ device: front0, maxGuests: 2 }] } } }
Host kvm-b: { networks: { red: { type: openvswitch, bridge: ovs0, manage: true, uplinks: [eth1] } } }
Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: red }] }
Guest web2: { interfaces: [{ name: eth0, network: red, portGroup: web }] }
Placement web2: { host: kvm-a, migratingTo: kvm-b }
`;

export interface Fixture {
  code: string;
  /** Lines that replace those of the same kind and name, or are added. */
  with: string;
  /** The file, which is that of the document, and the path of the key. */
  at: string;
  found?: string;
  hint?: RegExp;
}

export const direct = (rest: string) => `{ type: direct, mode: ${rest} }`;

export const FIXTURES: Fixture[] = [
  {
    code: 'unknown-network',
    with: 'Host kvm-c: { networks: { rde: { type: bridge, bridge: br0 } } }',
    at: 'Host-kvm-c spec.networks.rde',
    hint: /red/,
  },
  {
    code: 'unknown-network',
    with: 'HostClass unused: { networks: { rde: { type: bridge, bridge: br0 } } }',
    at: 'HostClass-unused spec.networks.rde',
  },
  {
    code: 'unknown-network',
    with: 'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: rde }] }',
    at: 'Guest-web1 spec.interfaces[0].network',
    found: 'rde',
  },
  {
    code: 'unknown-class',
    with: 'Host kvm-c: { classes: [rak] }',
    at: 'Host-kvm-c spec.classes[0]',
    hint: /rack/,
  },
  {
    code: 'duplicate-class',
    with: 'Host kvm-c: { classes: [rack, rack] }',
    at: 'Host-kvm-c spec.classes[1]',
  },
  {
    code: 'unknown-port-group',
    with: 'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: red, portGroup: wbe }] }',
    at: 'Guest-web1 spec.interfaces[0].portGroup',
    hint: /web/,
  },
  {
    code: 'unknown-host',
    with: 'Guest web1: { host: kvm-x, interfaces: [] }',
    at: 'Guest-web1 spec.host',
    found: 'kvm-x',
  },
  {
    code: 'unknown-host',
    with: 'Placement web2: { host: kvm-a, migratingTo: kvm-x }',
    at: 'Placement-web2 spec.migratingTo',
  },
  {
    code: 'unknown-guest',
    with: 'Placement web3: { host: kvm-a }',
    at: 'Placement-web3 metadata.name',
    hint: /web1|web2/,
  },
  {
    code: 'placed-twice',
    with: 'Placement web1: { host: kvm-b }',
    at: 'Placement-web1 metadata.name',
    hint: /Guest-web1\.yaml:4/,
  },
  {
    code: 'migrating-to-itself',
    with: 'Placement web2: { host: kvm-a, migratingTo: kvm-a }',
    at: 'Placement-web2 spec.migratingTo',
  },
  {
    code: 'migrating-from-nowhere',
    with: 'Guest web3: { migratingTo: kvm-a, interfaces: [] }',
    at: 'Guest-web3 spec.migratingTo',
  },
  {
    code: 'network-not-realised',
    with: 'Guest web1: { host: kvm-b, interfaces: [{ name: eth0, network: blue }] }',
    at: 'Guest-web1 spec.interfaces[0].network',
    found: 'blue',
  },
  {
    code: 'network-not-realised',
    with: 'Guest web3: { host: kvm-a, migratingTo: kvm-b, interfaces: [{ name: eth0, network: blue }] }',
    at: 'Guest-web3 spec.interfaces[0].network',
  },
  {
    code: 'unknown-host',
    with: 'Guest web3: { standby: [kvm-a, kvm-x], interfaces: [] }',
    at: 'Guest-web3 spec.standby[1]',
  },
  {
    code: 'network-not-realised',
    with: 'Guest web3: { host: kvm-a, standby: [kvm-b], interfaces: [{ name: eth0, network: blue }] }',
    at: 'Guest-web3 spec.interfaces[0].network',
  },
  { code: 'duplicate-hostname', with: 'Host kvm-c: { hostname: KVM-A }', at: 'Host-kvm-c spec.hostname' },
  {
    code: 'class-conflict',
    with: 'HostClass other: { networks: { blue: { type: bridge, bridge: br0 } } }\nHost kvm-c: { classes: [rack, other] }',
    at: 'Host-kvm-c spec.classes[1]',
  },
  {
    code: 'class-conflict',
    with: 'HostClass g1: { guestDevices: { user: a } }\nHostClass g2: { guestDevices: { user: b } }\nHost kvm-c: { classes: [g1, g2] }',
    at: 'Host-kvm-c spec.classes[1]',
  },
  {
    code: 'duplicate-port-group',
    with: 'Network blue: { portGroups: [{ name: a }, { name: a }] }',
    at: 'Network-blue spec.portGroups[1].name',
  },
  {
    code: 'two-default-port-groups',
    with: 'Network blue: { portGroups: [{ name: a, default: true }, { name: b, default: true }] }',
    at: 'Network-blue spec.portGroups[1].default',
  },
  {
    code: 'duplicate-interface',
    with: 'Guest web3: { interfaces: [{ name: eth0, network: red }, { name: eth0, network: red }] }',
    at: 'Guest-web3 spec.interfaces[1].name',
  },
  {
    code: 'duplicate-device',
    with: 'Guest web3: { interfaces: [{ name: a, network: red, device: web1-eth0 }] }',
    at: 'Guest-web3 spec.interfaces[0].device',
    found: 'web1-eth0',
  },
  // Two derived names that read alike.
  {
    code: 'duplicate-device',
    with: 'Guest a-b: { interfaces: [{ name: c, network: red }] }\nGuest a: { interfaces: [{ name: b-c, network: red }] }',
    at: 'Guest-a-b spec.interfaces[0].name',
    found: 'a-b-c',
  },
  // And two whole names in altnames.
  {
    code: 'duplicate-device',
    with: 'Guest long-name-of-b: { interfaces: [{ name: c, network: red }] }\nGuest long-name-of: { interfaces: [{ name: b-c, network: red }] }',
    at: 'Guest-long-name-of-b spec.interfaces[0].name',
    found: 'long-name-of-b-c',
  },
  {
    code: 'duplicate-mac',
    with: 'Guest web3: { interfaces: [{ name: a, network: red, mac: "52-54-00-AA-BB-CC" }, { name: b, network: red, mac: "52:54:00:aa:bb:cc" }] }',
    at: 'Guest-web3 spec.interfaces[1].mac',
    found: '52:54:00:aa:bb:cc',
  },
  {
    code: 'duplicate-id',
    with: `Guest web3: { interfaces: [{ name: a, network: red, id: ${uuid('A')} }, { name: b, network: red, id: ${uuid('a')} }] }`,
    at: 'Guest-web3 spec.interfaces[1].id',
  },
  {
    code: 'duplicate-uuid',
    with: `Guest web3: { uuid: ${uuid('A')}, interfaces: [] }\nGuest web4: { uuid: ${uuid('a')}, interfaces: [] }`,
    at: 'Guest-web4 spec.uuid',
  },
  {
    code: 'only-managed',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, stp: false } } }',
    at: 'Host-kvm-c spec.networks.blue.stp',
  },
  {
    code: 'only-managed',
    with: 'Host kvm-c: { networks: { blue: { type: openvswitch, bridge: br0, manage: false, uplinks: [eth0] } } }',
    at: 'Host-kvm-c spec.networks.blue.uplinks',
  },
  {
    code: 'needs-stp',
    with: 'HostClass rack: { networks: { blue: { type: bridge, bridge: br0, manage: true, forwardDelay: 4 } } }',
    at: 'HostClass-rack spec.networks.blue.forwardDelay',
  },
  {
    code: 'out-of-range',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, stp: true, forwardDelay: 1 } } }',
    at: 'Host-kvm-c spec.networks.blue.forwardDelay',
    found: '1',
  },
  {
    code: 'possible-loop',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, uplinks: [eth0, eth1] } } }',
    at: 'Host-kvm-c spec.networks.blue.uplinks',
    found: 'eth0, eth1',
  },
  {
    code: 'passthrough-capacity',
    with: `Host kvm-c: { networks: { blue: ${direct('passthrough, pool: [{ device: eth0, maxGuests: 2 }]')} } }`,
    at: 'Host-kvm-c spec.networks.blue.pool[0].maxGuests',
    found: '2',
  },
  {
    code: 'duplicate-pool-device',
    with: `Host kvm-c: { networks: { blue: ${direct('vepa, pool: [{ device: eth0 }, { device: eth0 }]')} } }`,
    at: 'Host-kvm-c spec.networks.blue.pool[1].device',
  },
  {
    code: 'duplicate-pool-device',
    with: `Host kvm-c: { devices: { a: { match: { name: eth0 } } }, networks: { blue: ${direct('vepa, pool: [{ device: eth0 }, { device: a }]')} } }`,
    at: 'Host-kvm-c spec.networks.blue.pool[1].device',
    found: 'a',
  },
  {
    code: 'duplicate-device-match',
    with: 'Host kvm-c: { devices: { a: { match: { mac: "02:00:00:00:00:AA" } }, b: { match: { mac: "02-00-00-00-00-aa" } } } }',
    at: 'Host-kvm-c spec.devices.b.match',
  },
  {
    code: 'duplicate-device-match',
    with: 'Host kvm-c: { devices: { a: { match: { name: b } }, b: { maxGuests: 3 } } }',
    at: 'Host-kvm-c spec.devices.b',
  },
  {
    code: 'device-conflict',
    with: 'Host kvm-c: { networks: { red: { type: bridge, bridge: br0, manage: true, uplinks: [br1] }, blue: { type: bridge, bridge: br1 } } }',
    at: 'Host-kvm-c spec.networks.red.uplinks[0]',
    found: 'br1',
  },
  {
    code: 'device-conflict',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, uplinks: [eth0] }, red: { type: openvswitch, bridge: br1, manage: true, uplinks: [eth0] } } }',
    at: 'Host-kvm-c spec.networks.red.uplinks[0]',
    hint: /Host-kvm-c\.yaml:4/,
  },
  {
    code: 'device-conflict',
    with: `Host kvm-c: { devices: { a: { match: { name: eth0 } } }, networks: { blue: { type: bridge, bridge: br0, manage: true, uplinks: [a] }, red: ${direct('vepa, pool: [{ device: eth0 }]')} } }`,
    at: 'Host-kvm-c spec.networks.red.pool[0].device',
    found: 'eth0',
  },
  {
    code: 'device-conflict',
    with: `Host kvm-c: { networks: { blue: ${direct('vepa, pool: [{ device: eth0 }]')}, red: { type: bridge, bridge: br0, manage: true, uplinks: [eth0] } } }`,
    at: 'Host-kvm-c spec.networks.red.uplinks[0]',
  },
  {
    code: 'device-conflict',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, uplinks: [br0] } } }',
    at: 'Host-kvm-c spec.networks.blue.uplinks[0]',
  },
  {
    code: 'device-conflict',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, stp: true, uplinks: [eth0, eth0] } } }',
    at: 'Host-kvm-c spec.networks.blue.uplinks[1]',
  },
  {
    code: 'bridge-conflict',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0 }, red: { type: openvswitch, bridge: br0 } } }',
    at: 'Host-kvm-c spec.networks.red.bridge',
  },
  {
    code: 'bridge-conflict',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0 }, red: { type: bridge, bridge: br0, manage: true } } }',
    at: 'Host-kvm-c spec.networks.red.bridge',
  },
  {
    code: 'bridge-conflict',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true, stp: true }, red: { type: bridge, bridge: br0, manage: true } } }',
    at: 'Host-kvm-c spec.networks.red.bridge',
    found: 'br0',
  },
  {
    code: 'bridge-conflict',
    with: 'Network blue: { mtu: 9000 }\nHost kvm-c: { networks: { blue: { type: bridge, bridge: br0, manage: true }, red: { type: bridge, bridge: br0, manage: true } } }',
    at: 'Host-kvm-c spec.networks.red.bridge',
  },
  {
    code: 'device-name-taken',
    with: 'Guest web3: { host: kvm-a, interfaces: [{ name: a, network: blue, device: br-blue }] }',
    at: 'Guest-web3 spec.interfaces[0].device',
    found: 'br-blue',
  },
  {
    code: 'device-name-taken',
    with: 'Guest web3: { host: kvm-a, interfaces: [{ name: a, network: blue, device: eth2 }] }',
    at: 'Guest-web3 spec.interfaces[0].device',
  },
  {
    code: 'vlan-not-supported',
    with: 'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: red, portGroup: v42 }] }',
    at: 'Guest-web1 spec.interfaces[0].portGroup',
  },
  {
    code: 'trunk-not-supported',
    with: 'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: red, portGroup: all }] }',
    at: 'Guest-web1 spec.interfaces[0].portGroup',
  },
  {
    code: 'isolation-not-supported',
    with: 'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: red, portGroup: alone }] }',
    at: 'Guest-web1 spec.interfaces[0].portGroup',
  },
  // The default port group asks for it, so the interface names none.
  {
    code: 'isolation-not-supported',
    with: 'Network red: { portGroups: [{ name: web, default: true, isolated: true }] }\nGuest web2: { interfaces: [] }',
    at: 'Guest-web1 spec.interfaces[0].network',
  },
  {
    code: 'pool-too-small',
    with: 'Guest web3: { host: kvm-a, interfaces: [{ name: eth0, network: red }] }',
    at: 'Host-kvm-a spec.networks.red.pool',
    found: '3 interfaces, of which 1 finds no place: web3 eth0',
  },
  {
    code: 'pool-too-small',
    with: `Host kvm-a: { classes: [rack], devices: { front0: { maxGuests: 1 } }, networks: { red: ${direct('vepa, pool: [{ device: front0 }]')} } }`,
    at: 'Host-kvm-a spec.networks.red.pool',
  },
  {
    code: 'probe-of-itself',
    with: 'Host kvm-c: { safety: { probes: [{ ping: 192.0.2.1 }, { tcp: "[::1]:22" }] } }',
    at: 'Host-kvm-c spec.safety.probes[1].tcp',
    found: '[::1]:22',
  },
  {
    code: 'only-managed',
    with: 'Host kvm-c: { networks: { blue: { type: bridge, bridge: br0, moveAddresses: true } } }',
    at: 'Host-kvm-c spec.networks.blue.moveAddresses',
  },
  {
    code: 'class-conflict',
    with: 'HostClass a: { safety: { probes: [{ ping: 192.0.2.1 }] } }\nHostClass b: { safety: { probes: [{ ping: 192.0.2.2 }] } }\nHost kvm-c: { classes: [a, b] }',
    at: 'Host-kvm-c spec.classes[1]',
  },
];

function uuid(digit: string): string {
  return `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`;
}

/** A file for each line: `Kind name: spec`. */
export function fleetFiles(...texts: string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const line of texts.join('\n').split('\n')) {
    const [, kind, name, spec] = /^(\w+) ([^:]+): (.*)$/.exec(line) ?? [];
    if (kind === undefined) continue;
    files[`${kind}-${name}.yaml`] =
      `apiVersion: plumbline/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  }
  return files;
}
