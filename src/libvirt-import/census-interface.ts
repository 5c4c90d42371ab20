import { PORT_CENSUS, RX_FILTERS } from './census-port.ts';
import { below, type Census, not } from './fates.ts';

const LIVE = not('a state of the running guest, and no wish');
const INSIDE = not('what a guest has within is for the guest, or for DHCP: addresses of its interface');

/** `<interface>` of libvirt's domain format, of the types that are carried. */
export const INTERFACE_CENSUS: Census = {
  interface: 'carried',
  'interface/@type': 'carried',
  'interface/@managed': not('guests get no PCI devices'),
  'interface/@trustGuestRxFilters': RX_FILTERS,
  'interface/source': 'carried',
  'interface/source/@network': 'carried',
  'interface/source/@portgroup': 'carried',
  'interface/source/@bridge': 'carried',
  'interface/source/@dev': 'carried',
  'interface/source/@mode': 'carried',
  'interface/source/@portid': LIVE,
  'interface/source/@macTableManager': LIVE,
  'interface/source/ip': INSIDE,
  'interface/source/route': INSIDE,
  'interface/mac': 'carried',
  'interface/mac/@address': 'carried',
  'interface/mac/@type': 'guest',
  'interface/mac/@check': 'guest',
  'interface/mac/@currentAddress': LIVE,
  'interface/target': 'carried',
  'interface/target/@dev': 'carried',
  'interface/target/@managed': 'guest',
  'interface/driver': 'carried',
  'interface/driver/@queues': 'carried',
  // Attributes and offloads of the virtual device.
  ...Object.fromEntries(
    ['name', 'rx_queue_size', 'tx_queue_size', 'txmode', 'ioeventfd', 'event_idx', 'iommu', 'ats', 'packed']
      .concat(['page_per_vq', 'rss', 'rss_hash_report', 'model'])
      .map((name) => [`interface/driver/@${name}`, 'guest'] as const),
  ),
  'interface/driver/host': 'guest',
  'interface/driver/guest': 'guest',
  'interface/mtu': 'carried',
  'interface/mtu/@size': 'carried',
  'interface/link': 'guest',
  'interface/model': 'guest',
  'interface/alias': 'guest',
  'interface/address': 'guest',
  'interface/acpi': 'guest',
  'interface/boot': 'guest',
  'interface/rom': 'guest',
  'interface/guest': INSIDE,
  'interface/ip': INSIDE,
  'interface/route': INSIDE,
  'interface/coalesce': not("the device's interrupts are as the kernel has them"),
  'interface/script': not('no script runs when a guest is plugged in'),
  'interface/downscript': not('no script runs when a guest is plugged out'),
  'interface/backenddomain': not('only Xen has driver domains'),
  'interface/backend': not('how the hypervisor opens the device stays in its domain'),
  'interface/filterref': not("filters of guests' packets are nothing that the documents say yet"),
  'interface/tune': not('the send buffer is as the kernel has it'),
  'interface/portForward': not('only for interfaces of type user'),
  'interface/teaming': not('a guest that pairs two interfaces does so within'),
  ...below('interface', PORT_CENSUS),
  'interface/virtualport/parameters/@interfaceid': 'carried',
};
