import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LibvirtInstance, startLibvirt } from '../../support/libvirt.ts';
import { type HostOptions, type KernelHost, kernelHost } from '../kernel-host.ts';

/** A host with a libvirt of its own. */
export interface LibvirtHost extends KernelHost {
  libvirt: LibvirtInstance;
  /** Puts XML where virsh can read it. */
  file(name: string, xml: string): string;
}

export async function libvirtHost(options: HostOptions = {}): Promise<LibvirtHost> {
  const host = await kernelHost(options);
  const libvirt = await startLibvirt(host.ns, join(host.directory, 'v'), randomUUID());
  (options.finished ?? onTestFinished)(() => libvirt.stop());
  Object.assign(host.env, libvirt.env);
  return {
    ...host,
    libvirt,
    file(name, xml) {
      const path = join(host.directory, name);
      writeFileSync(path, xml);
      return path;
    },
  };
}

/** A guest that git does not know: it never gets further than its BIOS, and has one NIC on a network of libvirt's. */
export function guestXml(network: string, portGroup?: string): string {
  const group = portGroup === undefined ? '' : ` portgroup='${portGroup}'`;
  return `<domain type='qemu'>
  <name>stranger</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <interface type='network'><source network='${network}'${group}/><model type='virtio'/></interface>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
