import { type BootImage, buildImage } from '../support/initrd.ts';

/** The guest's port on which all that one says comes back. */
export const ECHO_PORT = 7;

/** Answers pings and echoes; with a peer it pings that, and the console has a line for each answer. */
const init = (modules: readonly string[]) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs devices /dev
for module in ${modules.join(' ')}; do
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

/** Builds a guest with a virtio NIC in a directory. */
export function buildGuestImage(directory: string): BootImage {
  return buildImage(directory, { modules: ['virtio_pci', 'virtio_net'], init });
}
