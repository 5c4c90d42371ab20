import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure } from './measure.ts';

const DAEMON = '/usr/sbin/libvirtd';
const START_SECONDS = 30;

/** A libvirtd of the bench's own: in a namespace, with nothing of the machine's own libvirt in sight. */
export interface Libvirt {
  /** Words before a command of virsh. */
  virsh: string[];
  stop(): void;
}

/** null where libvirt is not installed. */
export async function startLibvirt(namespace: string, directory: string): Promise<Libvirt | null> {
  if (!existsSync(DAEMON) || !existsSync('/usr/bin/virsh')) return null;
  const place = `${directory}/libvirt`;
  mkdirSync(place, { recursive: true });
  writeFileSync(`${place}/libvirtd.conf`, CONFIGURATION.replaceAll('@', place));
  writeFileSync(`${place}/start.sh`, START);
  const daemon = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', namespace],
      ...['unshare', '--mount', '--uts', 'sh', `${place}/start.sh`, `${place}/libvirtd.conf`],
    ],
    { stdio: 'ignore' },
  );
  const virsh = ['virsh', '--quiet', '--connect', `network:///system?socket=${place}/libvirt-sock`];
  const libvirt: Libvirt = {
    virsh,
    stop() {
      // With each dnsmasq that it left: the namespace is for libvirt alone.
      for (const pid of execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n')) {
        if (pid !== '') process.kill(Number(pid), 'SIGKILL');
      }
      rmSync(place, { recursive: true, force: true });
    },
  };
  for (const end = Date.now() + START_SECONDS * 1000; ; await sleep(50)) {
    const answers = await measure([...virsh, 'net-list']).then(
      () => true,
      () => false,
    );
    if (answers) return libvirt;
    if (Date.now() > end || daemon.exitCode !== null) {
      const log = `${place}/log`;
      const words = existsSync(log) ? readFileSync(log, 'utf8') : '';
      libvirt.stop();
      throw new Error(`libvirtd does not answer: ${words.slice(-500)}`);
    }
  }
}

const CONFIGURATION = `unix_sock_dir = "@"
host_uuid = "6f1ed002-ab5a-4f10-9d6b-0f3ac1b0a4d1"
log_outputs = "3:file:@/log"
`;

/** What libvirtd keeps is kept in memory; its networks' dnsmasq are ended by the bench. */
const START = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib/libvirt
mkdir -p /run/libvirt /var/lib/libvirt/dnsmasq /var/lib/libvirt/qemu /etc/libvirt/qemu
mount -t tmpfs tmpfs /etc/libvirt/qemu
exec ${DAEMON} --config "$1"
`;

/** A NAT network with DHCP, as `virbr-default` is. */
export function networkXml(name: string, bridge: string, block: string): string {
  return `<network><name>${name}</name><forward mode='nat'/><bridge name='${bridge}'/>
<ip address='${block}.1' netmask='255.255.255.0'><dhcp><range start='${block}.100' end='${block}.199'/></dhcp></ip></network>
`;
}
