import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian package of each program that Plumbline runs, for the one who lacks it. */
const PACKAGES: Readonly<Record<string, string>> = {
  ethtool: 'ethtool',
  flock: 'util-linux',
  getent: 'libc-bin',
  git: 'git',
  gpg: 'gpg',
  ip: 'iproute2',
  nft: 'nftables',
  ping: 'iputils-ping',
  nsenter: 'util-linux',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovsdb-server': 'openvswitch-switch',
  'ovsdb-tool': 'openvswitch-switch',
  dnsmasq: 'dnsmasq-base',
  setpriv: 'util-linux',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
  virsh: 'libvirt-clients',
};

/** Debian leaves these out of an ordinary user's PATH, and `ip -j` needs no rights to read. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/sbin'];

/** The Debian package of a program; null when we know none. */
export function packageOf(program: string): string | null {
  return PACKAGES[program] ?? null;
}

/** A program that is not installed; `package` is Debian's name, null when we know none. */
export class ToolMissing extends Error {
  override name = 'ToolMissing';
  readonly tool: string;
  readonly package: string | null;
  constructor(tool: string) {
    const packageName = packageOf(tool);
    const hint = packageName === null ? 'install it' : `install the package ${packageName}`;
    super(`the program ${tool} was looked for in PATH and is not there: ${hint}`);
    this.tool = tool;
    this.package = packageName;
  }
}

const found = new Map<string, string>();

/** The path of a program in PATH (or of that very file), null when it is not installed. What was found is remembered, a lack is not. */
export function findProgram(name: string): string | null {
  if (name.startsWith('/')) return isExecutable(name) ? name : null;
  const known = found.get(name);
  if (known !== undefined) return known;
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  for (const directory of directories) {
    // An empty or relative entry of PATH means the working directory, which may be a checkout of hostile text.
    if (!directory.startsWith('/')) continue;
    const path = join(directory, name);
    if (!isExecutable(path)) continue;
    found.set(name, path);
    return path;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or in a directory that another user left in our PATH and we may not enter.
    return false;
  }
}
