import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/netns.ts';
import { PLUMBLINE } from './program-on-path.ts';
import type { Site, SiteHost } from './site.ts';

/** Where a libvirtd writes, and where its hook has its settings; each host has its own, empty. */
export const LIBVIRT_DIRECTORIES = [
  ...['/etc/libvirt', '/var/lib/libvirt', '/var/cache/libvirt', '/var/log/libvirt'],
  '/etc/default',
];

/** A libvirtd of a host of its own. */
export interface LibvirtHost {
  host: SiteHost;
  /** By which the others reach it; hosts of a site have files in common, but no addresses. */
  uri: string;
  /** Throws with its words when it fails. */
  virsh(...words: string[]): Promise<string>;
}

/** Nothing that asks for systemd, for a user or for other daemons. */
const QEMU_CONF = `
security_driver = "none"
cgroup_controllers = []
namespaces = []
user = "root"
group = "root"
stdio_handler = "file"
`;

/** Starts it, with the hook of the examples, and waits until it answers. Each has an index of its own. */
export async function startLibvirt(site: Site, host: SiteHost, index: number): Promise<LibvirtHost> {
  const sockets = join(site.directory, host.name, 'libvirt');
  mkdirSync(sockets, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(host.path(`/etc/libvirt/${name}`), text);
  write('qemu.conf', QEMU_CONF);
  write(
    'libvirtd.conf',
    `unix_sock_dir = "${sockets}"
auth_unix_rw = "none"
host_uuid = "4dea22b3-1d52-4f40-a5f4-00000000000${index}"
`,
  );
  const hook = host.path('/etc/libvirt/hooks/qemu');
  mkdirSync(join(hook, '..'));
  copyFileSync('examples/libvirt/qemu', hook);
  chmodSync(hook, 0o755);
  writeFileSync(host.path('/etc/default/plumbline'), `PLUMBLINE=${PLUMBLINE}\nDESIRED=${site.desired}\n`);
  const daemon = host.start(['libvirtd', '--config', '/etc/libvirt/libvirtd.conf']);
  let log = '';
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      log += text;
    });
  }
  const uri = `qemu+unix:///system?socket=${sockets}/libvirt-sock`;
  const answers = async () => (await host.run(['virsh', '--connect', uri, 'uri'])).status === 0;
  await until('libvirtd answers', answers, 30).catch((error) => {
    throw new Error(`libvirtd on ${host.name} did not start (${daemon.exitCode}): ${log}`, { cause: error });
  });
  return {
    host,
    uri,
    async virsh(...words) {
      const { status, stdout, stderr } = await host.run(['virsh', '--quiet', '--connect', uri, ...words]);
      if (status !== 0)
        throw new Error(`virsh ${words.join(' ')} on ${host.name}: ${stderr}${log.slice(-2000)}`);
      return stdout;
    },
  };
}
