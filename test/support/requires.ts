import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { GUEST_FILES } from './initrd.ts';
import { newerNodes } from './newer-nodes.ts';

/** What a test may need of the machine; `npm test` installs the packages where it may. */
const NEEDS = {
  root: { met: () => process.getuid?.() === 0, words: 'root' },
  ovs: { met: () => hasProgram('ovs-vswitchd'), words: 'Open vSwitch (apt-get install openvswitch-switch)' },
  nft: { met: () => hasProgram('nft'), words: 'nftables (apt-get install nftables)' },
  systemd: { met: () => hasProgram('systemd-notify'), words: 'systemd (apt-get install systemd)' },
  signing: {
    met: () => ['ssh-keygen', 'gpg', 'gpg-agent', 'gpgconf'].every(hasProgram),
    words: 'keys (apt-get install openssh-client gpg gpg-agent gpgconf)',
  },
  dhcp: {
    met: () => ['busybox', 'dhclient', 'ethtool'].every(hasProgram),
    words: 'DHCP clients (apt-get install busybox isc-dhcp-client ethtool)',
  },
  openssl: { met: () => hasProgram('openssl'), words: 'openssl (apt-get install openssl)' },
  guests: {
    met: () => ['qemu-system-x86_64', 'cpio', 'xz'].every(hasProgram) && existsSync(GUEST_FILES),
    words: 'QEMU, cpio, xz and a kernel for guests (npm test fetches it)',
  },
  libvirt: {
    met: () => ['libvirtd', 'virsh'].every(hasProgram),
    words: 'libvirt (apt-get install libvirt-daemon-system libvirt-clients)',
  },
  sshd: {
    met: () => hasProgram('sshd'),
    words: 'sshd (apt-get install openssh-server; npm test does not, for that opens a port)',
  },
  nodes: { met: () => newerNodes().length > 0, words: 'newer Nodes (npm test fetches them)' },
  dnsmasq: { met: () => hasProgram('dnsmasq'), words: 'dnsmasq (apt-get install dnsmasq-base)' },
} as const;

type MachineNeed = keyof typeof NEEDS;

/** The needs that this machine does not meet, or that $PLUMBLINE_TEST_SKIP (`ovs,root`) says to do without. */
function unmet(needs: readonly MachineNeed[]): MachineNeed[] {
  const skip = new Set((process.env.PLUMBLINE_TEST_SKIP ?? '').split(','));
  return needs.filter((need) => skip.has(need) || !NEEDS[need].met());
}

/** `describe` for tests that need something of the machine: where that is missing they count as skipped, and say why. */
export function describeNeeding(needs: readonly MachineNeed[], title: string, tests: () => void): void {
  const missing = unmet(needs);
  if (missing.length === 0) describe(title, tests);
  else describe.skip(`${title} [needs ${missing.map((need) => NEEDS[need].words).join(', ')}]`, tests);
}

function hasProgram(name: string): boolean {
  // Debian keeps daemons in /usr/sbin, which is not on everyone's PATH.
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
