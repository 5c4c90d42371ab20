import { type Census, not } from './fates.ts';

/** What networks, port groups and interfaces have alike. */
export const PORT_CENSUS: Census = {
  virtualport: 'carried',
  'virtualport/@type': 'carried',
  'virtualport/parameters': 'carried',
  'virtualport/parameters/@managerid': not('802.1Qbg is not spoken: no VSI type is told to the switch'),
  'virtualport/parameters/@typeid': not('802.1Qbg is not spoken: no VSI type is told to the switch'),
  'virtualport/parameters/@typeidversion': not('802.1Qbg is not spoken: no VSI type is told to the switch'),
  'virtualport/parameters/@instanceid': not('802.1Qbg is not spoken: no VSI type is told to the switch'),
  'virtualport/parameters/@interfaceid': not('each interface has an id of its own'),
  'virtualport/parameters/@profileid': not('a port has no profile in the documents'),
  bandwidth: not('bandwidth is nothing that the documents say yet'),
  'bandwidth/@classID': not('libvirt counts its classes itself'),
  'bandwidth/inbound': not('bandwidth is nothing that the documents say yet'),
  'bandwidth/outbound': not('bandwidth is nothing that the documents say yet'),
  vlan: 'carried',
  'vlan/@trunk': 'carried',
  'vlan/tag': 'carried',
  'vlan/tag/@id': 'carried',
  'vlan/tag/@nativeMode': 'carried',
  port: 'carried',
  'port/@isolated': 'carried',
};

export const RX_FILTERS = not('what a guest may hear is not for the guest to change');
