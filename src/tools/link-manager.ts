import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Where services keep what they know of links, each in a file named by the link's index. */
const RUN = '/run';

/** What systemd-networkd says of a link that it leaves alone, or that has gone (link_state_to_string, networkd-link.c). */
const NETWORKD_IDLE = new Set(['unmanaged', 'linger']);

/**
 * The service that configures a link, and so would take its addresses back; null for none. By the services' own state
 * files, for asking them (networkctl, nmcli) starts what is not running.
 */
export function linkManager(index: number, run: string = RUN): string | null {
  const networkd = valueIn(join(run, 'systemd/netif/links', String(index)), 'ADMIN_STATE');
  if (networkd !== null && !NETWORKD_IDLE.has(networkd)) return 'systemd-networkd';
  const managed = valueIn(join(run, 'NetworkManager/devices', String(index)), 'managed');
  if (managed !== null && !['false', '0', 'no'].includes(managed)) return 'NetworkManager';
  return null;
}

/** Whether /run tells of the links of this network namespace: the files are those of the namespace of pid 1. */
export function runTellsOfUs(): boolean {
  try {
    return readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    // It takes rights to look at pid 1; without them it is assumed, which refuses rather than fights.
    return true;
  }
}

/** The value of `KEY=value` in a small file of such lines; null when there is no such file or key. */
function valueIn(path: string, key: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const line = text.split('\n').find((one) => one.startsWith(`${key}=`));
  return line === undefined ? null : line.slice(key.length + 1).trim();
}
