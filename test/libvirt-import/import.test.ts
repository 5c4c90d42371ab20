import { describe, expect, it } from 'vitest';
import { networkEntry } from '../../src/desired/resolve.ts';
import { allText, corpus, fleetOf, imported } from './imported.ts';

describe('a whole host', () => {
  it('becomes documents that pass check', async () => {
    const result = await imported(corpus());
    expect(result.notes.filter(({ refused }) => refused)).toEqual([]);
    const { fleet, problems } = await fleetOf(result.texts);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect((await fleetOf({ 'all.yaml': allText(result) })).problems).toEqual(problems);
    expect([...fleet.networks.keys()]).toEqual([
      'apart',
      'br-lone',
      'default',
      'direct-nics',
      'eth6',
      'inside',
      'lab',
      'office-lan',
      'ovsbr1',
      'quiet',
      'red-network',
      'routed6',
      'storage',
      'tenants',
    ]);
    expect([...fleet.guests.keys()]).toEqual(['db1', 'web1', 'windows-11-buro']);
    expect(Object.keys(result.texts)).toContain('hosts/kvm-a.yaml');
  });

  it('is the same whatever the order of its files', async () => {
    const files = corpus();
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    expect(allText(await imported(reversed))).toBe(allText(await imported(files)));
  });

  it('realises each kind of network', async () => {
    const { fleet } = await fleetOf((await imported(corpus())).texts);
    const entry = (name: string) => networkEntry(fleet, 'kvm-a', name);
    expect(entry('default')).toEqual({
      type: 'virtual',
      bridge: 'virbr0',
      forward: 'nat',
      hostAccess: true,
      mac: '52:54:00:0a:cd:21',
      stp: true,
      forwardDelay: 2,
    });
    expect(entry('lab')).toMatchObject({
      forward: 'nat',
      device: 'eth7',
      nat: { addresses: '198.51.100.10-198.51.100.12', ports: '2000-40000', ipv6: true },
      forwardDelay: 3,
    });
    expect(entry('routed6')).toMatchObject({ forward: 'route', device: 'eth1', bridge: 'virbr6' });
    expect(entry('routed6')).not.toHaveProperty('stp');
    expect(entry('quiet')).toEqual({ type: 'virtual', bridge: 'virbr9', forward: 'open' });
    expect(entry('office-lan')).toEqual({ type: 'bridge', bridge: 'br0' });
    expect(entry('tenants')).toEqual({ type: 'openvswitch', bridge: 'ovsbr0' });
    expect(entry('ovsbr1')).toEqual({ type: 'openvswitch', bridge: 'ovsbr1' });
    expect(entry('red-network')).toEqual({
      type: 'direct',
      mode: 'vepa',
      pool: [{ device: 'eth2' }, { device: 'eth3' }],
    });
    expect(entry('eth6')).toMatchObject({ mode: 'vepa', pool: [{ device: 'eth6' }] });
  });

  it('keeps reserved addresses for their guests, and out of the ranges', async () => {
    const { fleet } = await fleetOf((await imported(corpus())).texts);
    expect(fleet.networks.get('default')?.spec.addressing?.[0]?.dhcp?.ranges).toEqual([
      '192.168.122.2-192.168.122.9',
      '192.168.122.11-192.168.122.98',
      '192.168.122.100-192.168.122.254',
    ]);
    expect(fleet.guests.get('web1')?.spec.interfaces[0]).toMatchObject({
      addresses: ['192.168.122.10'],
      queues: 4,
    });
    expect(fleet.guests.get('db1')?.spec.interfaces[0]?.addresses).toEqual(['10.20.0.11', 'fd00:20::11']);
  });

  it('has for each port what the nearest of three levels says', async () => {
    const { fleet } = await fleetOf((await imported(corpus())).texts);
    const groups = fleet.networks.get('tenants')?.spec.portGroups;
    expect(groups).toEqual([
      { name: 'web', default: true, vlan: { tag: 42 } },
      { name: 'routers-1', vlan: { trunk: [10, 20, 42], native: 42 } },
      { name: 'plain', vlan: { tag: 7 } },
      { name: 'vlan-99-isolated', vlan: { tag: 99 }, isolated: true },
    ]);
    const interfaces = fleet.guests
      .get('web1')
      ?.spec.interfaces.map(({ name, portGroup }) => [name, portGroup]);
    expect(interfaces).toEqual([
      ['eth0', undefined],
      ['eth1', 'routers-1'],
      ['eth2', 'vlan-99-isolated'],
      ['eth4', undefined],
    ]);
  });

  it('tells with its line what is not carried', async () => {
    const { lines } = await imported(corpus());
    expect(lines).toContain(
      'routed.xml:20 network/ip/dhcp/bootp booting by the network is nothing that the documents say',
    );
    expect(lines).toContain(
      "web1.xml:31 interface/@type an interface of type 'hostdev' is on no network of the host's",
    );
    expect(lines.filter((line) => line.includes('nothing of the format'))).toEqual([]);
  });
});

const network = (name: string, rest: string) => `<network><name>${name}</name>${rest}</network>`;
const domain = (name: string, rest: string) =>
  `<domain><name>${name}</name><devices>${rest}</devices></domain>`;
const IP = "<ip address='10.1.0.1' prefix='24'/>";

describe('names', () => {
  it('are ours where they can be, else near to it and one to one', async () => {
    const { documents } = await imported({
      'a.xml': network('My Net', IP),
      'b.xml': network('my-net', "<ip address='10.2.0.1' prefix='24'/>"),
      'c.xml': network('My.Net!', "<ip address='10.3.0.1' prefix='24'/>"),
      'd.xml': network('网络', "<ip address='10.4.0.1' prefix='24'/>"),
      'e.xml': network('My_Net', "<ip address='10.5.0.1' prefix='24'/>"),
    });
    const names = documents.flatMap(({ kind, name, labels }) =>
      kind === 'Network' ? [[name, labels?.['libvirt-name']]] : [],
    );
    expect(names).toEqual([
      ['my-net', undefined],
      [expect.stringMatching(/^my-net-[0-9a-f]{8}$/), expect.stringMatching(/^My[ _]Net$/)],
      [expect.stringMatching(/^my-net-[0-9a-f]{8}$/), expect.stringMatching(/^My[ _]Net$/)],
      ['my.net', 'My.Net!'],
      ['network', '网络'],
    ]);
  });
});

describe('a second host', () => {
  it('gets realisations of the same networks', async () => {
    const first = await imported(corpus());
    const again = await imported(
      {
        'red.xml': network('red-network', "<forward mode='bridge'/><bridge name='br7'/>"),
        'office.xml': network(
          'Office LAN',
          "<forward mode='bridge'/><bridge name='br9'/><port isolated='yes'/>",
        ),
        'mail.xml': domain('mail', "<interface type='network'><source network='Office LAN'/></interface>"),
      },
      first.texts,
      'kvm-b',
    );
    expect(again.lines.filter((line) => line.startsWith('!'))).toEqual([]);
    expect(again.documents.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['Host/kvm-b', 'Guest/mail']);
    const { fleet, problems } = await fleetOf(again.texts);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(networkEntry(fleet, 'kvm-b', 'office-lan')).toEqual({ type: 'bridge', bridge: 'br9' });
    expect(networkEntry(fleet, 'kvm-a', 'red-network')).toMatchObject({ type: 'direct' });
  });

  it('says the same once more without a change', async () => {
    const first = await imported(corpus());
    const again = await imported(corpus(), first.texts);
    expect(again.documents).toEqual([]);
    expect(again.notes.filter(({ refused }) => refused)).toEqual([]);
  });

  it('is refused where it says something else, with both places', async () => {
    const first = await imported({ 'a.xml': network('lab', IP) });
    const again = await imported(
      {
        'b.xml': network('lab', "<ip address='10.9.0.1' prefix='24'/>"),
        'good.xml': network('other', "<ip address='10.8.0.1' prefix='24'/>"),
      },
      first.texts,
      'kvm-b',
    );
    expect(again.lines).toEqual([
      expect.stringMatching(
        /^!b\.xml:1 network spec\.addressing is .*10\.9.* here and .*10\.1.* there \(networks\/lab\.yaml:6\)$/,
      ),
    ]);
    expect(again.documents.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Network/other',
      'Host/kvm-b',
    ]);
    expect(again.texts['networks/lab.yaml']).toBe(first.texts['networks/lab.yaml']);
  });

  it('may reserve other addresses of one range', async () => {
    const served = (reservations: string) =>
      network(
        'lab',
        `<ip address='10.1.0.1' prefix='24'><dhcp><range start='10.1.0.100' end='10.1.0.200'/>${reservations}</dhcp></ip>`,
      );
    const guest = (name: string, mac: string) =>
      domain(name, `<interface type='network'><source network='lab'/><mac address='${mac}'/></interface>`);
    const first = await imported({
      'lab.xml': served("<host mac='52:54:00:00:00:01' ip='10.1.0.110'/>"),
      'a.xml': guest('a', '52:54:00:00:00:01'),
    });
    const again = await imported(
      {
        'lab.xml': served("<host mac='52:54:00:00:00:02' ip='10.1.0.120'/>"),
        'b.xml': guest('b', '52:54:00:00:00:02'),
      },
      first.texts,
      'kvm-b',
    );
    expect(again.lines.filter((line) => line.startsWith('!'))).toEqual([]);
    const { fleet, problems } = await fleetOf(again.texts);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(fleet.networks.get('lab')?.spec.addressing?.[0]?.dhcp?.ranges).toEqual([
      '10.1.0.100-10.1.0.109',
      '10.1.0.111-10.1.0.119',
      '10.1.0.121-10.1.0.200',
    ]);
  });

  it('leaves comments and the form of what stands', async () => {
    const standing = {
      'all.yaml': `# ours
apiVersion: plumbline/v1
kind: Host
metadata: { name: kvm-a }
spec:
  networks: # of the rack
    office: { type: bridge, bridge: br0 } # old
---
apiVersion: plumbline/v1
kind: Network
metadata: { name: office }
spec: {}
`,
    };
    const { texts } = await imported({ 'lab.xml': network('lab', IP) }, standing);
    expect(texts['all.yaml']).toContain('# ours\n');
    expect(texts['all.yaml']).toContain('    office: { type: bridge, bridge: br0 } # old\n');
    expect(texts['all.yaml']).toMatch(/ {4}lab:\n {6}type: virtual\n/);
    expect((await fleetOf(texts)).problems).toEqual([]);
  });
});

describe('refused, and the rest goes on', () => {
  const lone = (text: string) =>
    imported({ 'x.xml': text, 'good.xml': network('good', "<ip address='10.77.0.1' prefix='24'/>") });
  it.each([
    [
      'a network that is not there',
      domain('x', "<interface type='network'><source network='no'/></interface>"),
      /not among what was read/,
    ],
    ['a PCI pool', network('x', "<forward mode='hostdev'><pf dev='eth0'/></forward>"), /PCI devices/],
    [
      'virtual functions of a device',
      network('x', "<forward mode='passthrough'><pf dev='eth0'/></forward>"),
      /virtual functions/,
    ],
    [
      'a VLAN on a bridge',
      network('x', "<forward mode='bridge'/><bridge name='br0'/><vlan><tag id='5'/></vlan>"),
      /Open vSwitch only/,
    ],
    ['an entity', '<!DOCTYPE a [<!ENTITY a "x">]><network/>', /document type/],
    ['text that is no XML', 'hello', /./],
    ['another format', '<pool/>', /neither a network nor a domain/],
    ['the subnet of another', network('x', "<ip address='10.77.0.9' prefix='16'/>"), /addresses in common/],
    [
      'a bridge of another',
      network('x', `<bridge name='virbr-good'/>${IP}`),
      /virtual network has to itself/,
    ],
  ])('%s', async (_, text, reason) => {
    const { notes, documents } = await lone(text);
    const refused = notes.filter((note) => note.refused);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatch(reason);
    expect(documents.map(({ kind }) => kind)).toEqual(['Network', 'Host']);
  });

  it('two of one name or UUID', async () => {
    const uuid = '<uuid>9a05da11-e96b-47f3-8253-a3a482e445f5</uuid>';
    const { lines } = await imported({
      'a.xml': network('a', uuid + IP),
      'b.xml': network('b', uuid),
      'c.xml': network('a', ''),
    });
    expect(lines.filter((line) => line.startsWith('!'))).toHaveLength(2);
  });

  it('a guest with the MAC of another', async () => {
    const guest = (name: string) =>
      domain(
        name,
        "<interface type='bridge'><source bridge='br0'/><mac address='52:54:00:00:00:01'/></interface>",
      );
    const { lines, documents } = await imported({ 'a.xml': guest('a'), 'b.xml': guest('b') });
    expect(lines).toEqual([
      expect.stringMatching(/^!b\.xml:1 domain guest b eth0 has the MAC of guest a eth0/),
    ]);
    expect(documents.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Network/br0',
      'Host/kvm-a',
      'Guest/a',
    ]);
  });

  it('no guest that passthrough devices are too few for: it is placed nowhere', async () => {
    const guest = (name: string) =>
      domain(name, "<interface type='network'><source network='p'/></interface>");
    const result = await imported({
      'p.xml': network('p', "<forward mode='passthrough'><interface dev='eth1'/></forward>"),
      'a.xml': guest('a'),
      'b.xml': guest('b'),
    });
    expect(result.lines).toEqual([expect.stringMatching(/^b\.xml:1 domain it is placed nowhere/)]);
    expect((await fleetOf(result.texts)).fleet.guests.get('b')?.spec.host).toBeUndefined();
  });
});
