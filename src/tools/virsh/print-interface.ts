import { printElement } from './element.ts';

/** What a domain says of a device that Plumbline has made: nothing of it is a host's own. */
export interface DomainInterface {
  mac: string;
  device: string;
  /** Bytes; null: the device's. */
  mtu: number | null;
  queues: number;
}

/**
 * libvirt's `<interface type='ethernet'>` (formatdomain, Generic ethernet connection). `managed='no'`: libvirt opens the
 * tap or macvtap of that name, and neither makes, sets nor removes it.
 */
export function printInterface({ mac, device, mtu, queues }: DomainInterface): string {
  return printElement({
    name: 'interface',
    attributes: { type: 'ethernet' },
    children: [
      { name: 'mac', attributes: { address: mac } },
      { name: 'target', attributes: { dev: device, managed: 'no' } },
      { name: 'model', attributes: { type: 'virtio' } },
      // Not `name='vhost'`: a host without vhost-net would refuse the guest, and libvirt uses it where it is.
      ...(queues > 1 ? [{ name: 'driver', attributes: { queues: String(queues) } }] : []),
      ...(mtu === null ? [] : [{ name: 'mtu', attributes: { size: String(mtu) } }]),
    ],
  });
}
