import { readlinkSync } from 'node:fs';
import { readProc } from '../macvtap-node.ts';
import { listDirectory } from './files.ts';

const TABLES = ['udp', 'udp6', 'tcp', 'tcp6'];
/** include/net/tcp_states.h: TCP_LISTEN, and TCP_CLOSE for a UDP socket that is not connected. */
const OPEN_STATES = new Set(['0A', '07']);

/** Who listens on a port in this network namespace, as `dnsmasq -k (pid 812)`. */
export function portHolders(port: number): string[] {
  const inodes = new Set(TABLES.flatMap((table) => socketsOn(port, readProc(`/proc/net/${table}`) ?? '')));
  if (inodes.size === 0) return [];
  return listDirectory('/proc')
    .filter((pid) => /^\d+$/.test(pid) && hasSocket(pid, inodes))
    .map((pid) => {
      const command = readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
      return `${command?.slice(0, 120) || 'a process'} (pid ${pid})`;
    });
}

/** proc_net(5): `sl local_address rem_address st … inode`, the address as hexadecimal with the port behind a colon. */
function socketsOn(port: number, table: string): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    const [local = '', state = '', inode] = [fields[1], fields[3], fields[9]];
    return local.endsWith(wanted) && OPEN_STATES.has(state) && inode !== undefined
      ? [`socket:[${inode}]`]
      : [];
  });
}

function hasSocket(pid: string, sockets: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return listDirectory(directory).some((descriptor) =>
      sockets.has(readlinkSync(`${directory}/${descriptor}`)),
    );
  } catch {
    // It has ended meanwhile, or is not ours to look into.
    return false;
  }
}
