import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Namespace, until } from './netns.ts';

/** A libvirt of the test's own, in a network namespace and with nothing of the machine's. */
export interface LibvirtInstance {
  /** LIBVIRT_DEFAULT_URI, for whoever is to reach it. */
  env: NodeJS.ProcessEnv;
  /** Runs one virsh command; throws with its words when it fails. */
  virsh(...words: string[]): string;
  stop(): void;
}

const QEMU_CONF = `security_driver = "none"
cgroup_controllers = []
namespaces = []
user = "root"
group = "root"
stdio_handler = "file"
`;

/**
 * A process namespace of its own ends its guests with it; its first process is a shell, which takes leave of those that
 * end: libvirt waits until a guest has gone. Directories of the machine's libvirt are covered, and `ip
 * netns exec` has shown it its own /sys.
 */
const START = `set -e
mount --make-rprivate /
for directory in /run /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
  mkdir -p "$directory"
  mount -t tmpfs tmpfs "$directory"
done
mkdir -p /etc/libvirt/qemu /var/log/libvirt/qemu
cp "$1/qemu.conf" /etc/libvirt/qemu.conf
libvirtd --config "$1/libvirtd.conf" &
wait "$!"
`;

/** `directory` is short, for it holds a socket, and goes with the test. */
export async function startLibvirt(ns: Namespace, directory: string, uuid: string): Promise<LibvirtInstance> {
  mkdirSync(directory, { recursive: true });
  const socket = join(directory, 'libvirt-sock');
  const settings = {
    unix_sock_dir: directory,
    host_uuid: uuid,
    auth_unix_ro: 'none',
    auth_unix_rw: 'none',
    log_outputs: `3:file:${join(directory, 'log')}`,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = "${value}"\n`);
  writeFileSync(join(directory, 'libvirtd.conf'), lines.join(''));
  writeFileSync(join(directory, 'qemu.conf'), QEMU_CONF);
  const words = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const child = ns.start(...words, 'sh', '-c', START, 'libvirtd', directory);
  const env = { LIBVIRT_DEFAULT_URI: `qemu+unix:///system?socket=${socket}` };
  const run = (words: string[]) =>
    spawnSync('virsh', ['--quiet', ...words], {
      encoding: 'utf8',
      env: { ...process.env, ...env, LC_ALL: 'C' },
    });
  await until('libvirtd answers', () => run(['net-list']).status === 0, 30);
  return {
    env,
    virsh(...words) {
      const { status, stdout, stderr } = run(words);
      if (status !== 0) throw new Error(`virsh ${words.join(' ')} failed: ${stderr}`);
      return stdout;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
