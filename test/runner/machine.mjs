import { accessSync, constants } from 'node:fs';
import { run } from '../../src/start/process.mjs';
import { guestFiles } from './guest-files.mjs';
import { newerNodes } from './newer-nodes.mjs';

/** Programs that tests need, the Debian package of each, and the word by which tests say that they need it. */
const PROGRAMS = [
  { program: 'ip', package: 'iproute2', need: 'root' },
  { program: 'unshare', package: 'util-linux', need: 'root' },
  { program: 'git', package: 'git', need: 'git' },
  { program: 'ping', package: 'iputils-ping', need: 'ping' },
  { program: 'ssh-keygen', package: 'openssh-client', need: 'signing' },
  { program: 'gpg', package: 'gpg', need: 'signing' },
  { program: 'gpg-agent', package: 'gpg-agent', need: 'signing' },
  { program: 'gpgconf', package: 'gpgconf', need: 'signing' },
  { program: 'openssl', package: 'openssl', need: 'openssl' },
  { program: 'ovs-vswitchd', package: 'openvswitch-switch', need: 'ovs' },
  { program: 'nft', package: 'nftables', need: 'nft' },
  { program: 'dnsmasq', package: 'dnsmasq-base', need: 'dnsmasq' },
  { program: 'busybox', package: 'busybox', need: 'dhcp' },
  { program: 'dhclient', package: 'isc-dhcp-client', need: 'dhcp' },
  { program: 'ethtool', package: 'ethtool', need: 'dhcp' },
  { program: 'systemd-notify', package: 'systemd', need: 'systemd' },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', need: 'guests' },
  { program: 'cpio', package: 'cpio', need: 'guests' },
  { program: 'xz', package: 'xz-utils', need: 'guests' },
  { program: 'libvirtd', package: 'libvirt-daemon-system', need: 'libvirt' },
  { program: 'virsh', package: 'libvirt-clients', need: 'libvirt' },
];

/**
 * Installs what is missing where that is possible, and says plainly what is skipped where it is not.
 * @returns {Promise<string[]>} the needs that tests have to do without
 */
export async function machinePackages() {
  const root = process.getuid?.() === 0;
  let missing = PROGRAMS.filter(({ program }) => !present(program));
  if (missing.length > 0 && root && present('apt-get')) {
    await install([...new Set(missing.map((entry) => entry.package))]);
    missing = missing.filter(({ program }) => !present(program));
  }
  const skip = new Set(missing.map(({ need }) => need));
  for (const { program, package: name } of missing) {
    const how = root ? `apt-get install ${name} did not bring it` : `apt-get install ${name}, as root`;
    console.log(`Tests that need ${program} are skipped: it is not installed (${how}).`);
  }
  if (!root) {
    console.log('Tests that make network namespaces are skipped: they need root.');
    skip.add('root');
  } else if (!skip.has('guests')) {
    const why = await guestFiles();
    if (why) {
      console.log(`Tests that start guests are skipped: there is no kernel for them (${why}).`);
      skip.add('guests');
    }
  }
  const why = await newerNodes();
  if (why) {
    console.log(`Tests on newer Nodes are skipped: they are not to be had (${why}).`);
    skip.add('nodes');
  }
  return [...skip];
}

async function install(packages) {
  console.log(`Installing ${packages.join(', ')} (apt-get)`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const argv = [
    'apt-get',
    'install',
    '--yes',
    '--no-install-recommends',
    '-o',
    'Dpkg::Use-Pty=0',
    ...packages,
  ];
  let result = await run(argv, { env });
  if (result.status !== 0) {
    // A fresh machine has no lists, an old one stale ones.
    await run(['apt-get', 'update'], { env });
    result = await run(argv, { env });
  }
  // A package whose service cannot start leaves apt-get unhappy and the programs in place: what counts is asked after.
  if (result.status !== 0) console.log(result.output.trimEnd());
}

function present(program) {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((directory) => {
    try {
      accessSync(`${directory}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
