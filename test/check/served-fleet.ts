/** A fleet with addresses of every sort on which all rules hold; each fixture changes a piece of it. */
export const SERVED = `
Network lab: { addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: { ranges: [10.20.0.100-10.20.0.199], leaseTime: 12h, options: { mtu: "1400", ntp-server: 192.0.2.7 } }, routes: [{ to: 10.99.0.0/16, via: 10.20.0.254 }]')}, ${subnet('"fd00:20::/64"', '"fd00:20::1"', 'slaac: true')}], dns: { domain: lab.example, localOnly: true, forwarders: [192.0.2.53, "192.0.2.54#5353"], records: [{ name: files, addresses: [10.20.0.5] }, { name: www, cname: web1 }, { name: files, txt: [here] }, { srv: { service: ldap, protocol: tcp, target: files, port: 389 } }] } }
Network red: { addressing: [${subnet('10.30.0.0/24', '10.30.0.1', 'dhcp: { ranges: [10.30.0.100-10.30.0.149] }')}], portGroups: [{ name: v42, default: true, vlan: { tag: 42 } }, { name: all, vlan: { trunk: [1, 2] } }] }
Network bare: {}
Host kvm-a: { networks: { lab: ${virtual('nat', 'device: eth0')}, red: { type: direct, mode: bridge, nativeVlan: 42, pool: [{ device: eth2 }], serve: true } } }
Host kvm-b: { networks: { lab: ${virtual('nat')}, red: { type: openvswitch, bridge: ovs0, serve: { portGroup: v42, ranges: [10.30.0.150-10.30.0.199], forward: nat } } } }
Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.10, "fd00:20::10"], publish: [{ protocol: tcp, port: 8080, to: 80 }] }] }
Guest web2: { host: kvm-b, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.11], publish: [{ protocol: tcp, port: 8080 }] }] }
Guest db: { host: kvm-a, migratingTo: kvm-b, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.12] }, { name: eth1, network: red, addresses: [10.30.0.12], portGroup: v42 }] }
`;

export function subnet(text: string, gateway: string, rest: string): string {
  return `{ subnet: ${text}, gateway: ${gateway}, ${rest} }`;
}

export function virtual(forward: string, rest = 'bridge: virbr-lab'): string {
  return `{ type: virtual, forward: ${forward}, ${rest.includes('bridge:') ? rest : `bridge: virbr-lab, ${rest}`} }`;
}

export const lab = (...subnets: string[]) => `Network lab: { addressing: [${subnets.join(', ')}] }`;
export const lab4 = (rest: string) => lab(`{ subnet: 10.20.0.0/24, ${rest} }`);
/** Gateway and DHCP of the lab, and something else. */
export const labDhcp = (rest: string) => lab4(`gateway: 10.20.0.1, dhcp: ${rest}`);
export const labDns = (rest: string) =>
  `Network lab: { addressing: [${subnet('10.20.0.0/24', '10.20.0.1', 'dhcp: {}')}], dns: ${rest} }`;
/** No guest has IPv6 then. */
export const V4 =
  'Guest web1: { host: kvm-a, interfaces: [{ name: eth0, network: lab, addresses: [10.20.0.10] }] }\n';
export const kvmC = (networks: string) => `Host kvm-c: { networks: { ${networks} } }`;
export const guest = (name: string, rest: string) =>
  `Guest ${name}: { host: kvm-a, interfaces: [{ name: eth0, network: lab, ${rest} }] }`;
export const onRed = (rest: string) =>
  `red: { type: direct, mode: bridge, pool: [{ device: eth2 }], ${rest} }`;
export const withOptions = (options: string) => V4 + labDhcp(`{ options: ${options} }`);
export const options6 = (options: string) =>
  V4 +
  lab(
    subnet('10.20.0.0/24', '10.20.0.1', 'slaac: false'),
    subnet('"fd00::/64"', '"fd00::1"', `dhcp: { options: ${options} }`),
  );
