import type { BootImage } from '../support/initrd.ts';
import { WEB1 } from './site.ts';

/** The guest web1 for `virsh define`, with its interfaces as Plumbline prints them. Its machine is emulated. */
export function domain(image: BootImage, interfaces: string): string {
  return `<domain type='qemu'>
  <name>web1</name>
  <uuid>4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01</uuid>
  <memory unit='MiB'>96</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${image.kernel}</kernel>
    <initrd>${image.initrd}</initrd>
    <cmdline>console=ttyS0 quiet ipv6.disable=1 cryptomgr.notests guest.address=${WEB1}/24</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    ${interfaces}
  </devices>
</domain>
`;
}
