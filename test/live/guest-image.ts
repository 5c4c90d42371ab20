import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GUEST_FILES } from './guest-files.ts';

/** What QEMU and libvirt boot a guest from, without a disk. */
export interface GuestImage {
  kernel: string;
  initrd: string;
}

/** In the order in which they need one another. */
const MODULES = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
];

/** The guest's port on which all that one says comes back. */
export const ECHO_PORT = 7;

/** Answers pings and echoes; with a peer it pings that, and the console has a line for each answer. */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs devices /dev
for module in ${MODULES.map((path) => basename(path)).join(' ')}; do
  # Frames leave with their checksums: Open vSwitch in userspace drops others.
  [ $module = virtio_net ] && options='csum=0 gso=0'
  insmod /modules/$module.ko $options
done
for word in $(cat /proc/cmdline); do
  case $word in
    guest.address=*) address=\${word#*=} ;;
    guest.peer=*) peer=\${word#*=} ;;
  esac
done
ip link set dev lo up
ip address add $address dev eth0
ip link set dev eth0 up
nc -ll -p ${ECHO_PORT} -e cat &
echo guest is ready
[ -z "$peer" ] || ping -i 0.05 $peer &
while :; do sleep 1000; done
`;

/** Builds it in a directory: a kernel of Debian, and busybox with the modules of a virtio NIC as its initial root. */
export function buildGuestImage(directory: string): GuestImage {
  const boot = join(GUEST_FILES, 'boot');
  const kernel = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`no kernel in ${boot}`);
  const modules = join(GUEST_FILES, 'lib/modules', kernel.slice('vmlinuz-'.length), 'kernel');
  const root = join(directory, 'root');
  for (const name of ['bin', 'modules', 'proc', 'dev']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(join(GUEST_FILES, 'bin/busybox'), join(root, 'bin/busybox'));
  for (const path of MODULES) {
    copyFileSync(join(modules, `${path}.ko`), join(root, 'modules', `${basename(path)}.ko`));
  }
  const init = join(root, 'init');
  writeFileSync(init, INIT);
  chmodSync(init, 0o755);
  const initrd = join(directory, 'initrd');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const archive = execFileSync('cpio', ['--create', '--format=newc', '--quiet'], {
    cwd: root,
    input: ['.', ...names].join('\n'),
    maxBuffer: 1 << 26,
  });
  // Not compressed: the guest, whose processor is emulated, would take longer to unpack it than QEMU to load it.
  writeFileSync(initrd, archive);
  return { kernel: join(boot, kernel), initrd };
}
