import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedNetworkUuid } from '../../../src/model/identity.ts';
import { parseNetwork } from '../../../src/tools/virsh/parse-network.ts';
import { printNetwork } from '../../../src/tools/virsh/print-network.ts';
import { content } from './network-text.ts';

describe('the XML of libvirt networks', () => {
  it('reads what it prints', () => {
    fc.assert(
      fc.property(content, (wanted) => {
        const uuid = derivedNetworkUuid('red');
        expect(parseNetwork(printNetwork('red', uuid, wanted))).toEqual({
          name: 'red',
          uuid,
          content: wanted,
        });
      }),
    );
  });

  it('prints an element a line, and attributes in single quotes', () => {
    const text = printNetwork('tenants', null, {
      mode: 'bridge',
      bridge: 'ovsbr0',
      devices: [],
      openvswitch: true,
      isolated: false,
      portGroups: [
        { name: 'web', default: true, vlan: { trunk: false, tags: [42], native: null } },
        { name: 'all', default: false, vlan: { trunk: true, tags: [10, 20], native: 20 } },
      ],
      other: [],
    });
    expect(text).toBe(`<network>
  <name>tenants</name>
  <forward mode='bridge'/>
  <bridge name='ovsbr0'/>
  <virtualport type='openvswitch'/>
  <portgroup name='web' default='yes'>
    <vlan>
      <tag id='42'/>
    </vlan>
  </portgroup>
  <portgroup name='all'>
    <vlan trunk='yes'>
      <tag id='10'/>
      <tag id='20' nativeMode='untagged'/>
    </vlan>
  </portgroup>
</network>
`);
  });

  it('names what Plumbline would not write', () => {
    const parsed = parseNetwork(`<network connections='2' ipv6='yes'>
  <name>red</name>
  <uuid>9f080450-9fd0-54ce-a927-b3601546d29c</uuid>
  <forward dev='eth2' mode='vepa'><interface dev='eth2' connections='2'/><address/></forward>
  <bandwidth><inbound average='10'/></bandwidth>
  <portgroup name='a' trustGuestRxFilters='yes'><bandwidth/><vlan><tag id='3' nativeMode='tagged'/></vlan></portgroup>
</network>`);
    expect(parsed?.content.other).toEqual([
      'ipv6=yes',
      'address',
      'bandwidth',
      'portgroup a trustGuestRxFilters=yes',
      'portgroup a bandwidth',
      'portgroup a nativeMode=tagged',
    ]);
  });

  it('takes nothing but a network', () => {
    for (const text of ['', '<domain/>', '<network/>', '<network><name>a</name>', '<!DOCTYPE a><network/>']) {
      expect(parseNetwork(text)).toBeNull();
    }
  });
});
