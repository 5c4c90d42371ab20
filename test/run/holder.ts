import { type Holder, openOwnNode, openTap } from '../support/open-device.ts';
import type { KernelHost } from './kernel-host.ts';

export function holdTap(host: KernelHost, name: string, multiQueue = false): Promise<Holder> {
  return openTap(host.ns, name, multiQueue);
}

export function holdMacvtap(host: KernelHost, name: string): Promise<Holder> {
  return openOwnNode(host.ns, { name, index: host.links()[name]?.ifindex ?? 0 });
}
