import type { OpenedDevice } from './hand-over.ts';
import type { PlaceholderWord } from './placeholders.ts';

/**
 * What stands in a placeholder's place. Of `netdev` that is the value of QEMU's `-netdev` without an id (qemu(1), its
 * tap): a macvtap is given by descriptor, a tap by name; QEMU opens the vhost device of a tap itself.
 */
export function placeholderValue(word: PlaceholderWord, device: OpenedDevice, vhost: boolean): string {
  switch (word) {
    case 'netdev':
      return ['tap', ...(device.kind === 'macvtap' ? byDescriptor(device) : byName(device, vhost))].join(',');
    case 'fd':
      return device.descriptors.join(':');
    case 'mac':
      return device.mac;
    case 'device':
      return device.device;
  }
}

function byDescriptor({ descriptors, vhostDescriptors }: OpenedDevice): string[] {
  const values = [`${descriptors.length > 1 ? 'fds' : 'fd'}=${descriptors.join(':')}`];
  if (vhostDescriptors.length === 0) return values;
  const name = vhostDescriptors.length > 1 ? 'vhostfds' : 'vhostfd';
  return [...values, 'vhost=on', `${name}=${vhostDescriptors.join(':')}`];
}

function byName({ device, queues }: OpenedDevice, vhost: boolean): string[] {
  const values = [`ifname=${device}`, 'script=no', 'downscript=no'];
  if (queues > 1) values.push(`queues=${queues}`);
  if (vhost) values.push('vhost=on');
  return values;
}
