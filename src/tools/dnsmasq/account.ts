import { lookupUser } from '../accounts.ts';
import { readProc } from '../macvtap-node.ts';

/** As whom dnsmasq serves, once it has its sockets. */
export interface ServiceAccount {
  /** Lines of dnsmasq.conf. */
  lines: string[];
  /** Who reads its files again on SIGHUP; null for whoever starts it. */
  uid: number | null;
  /** As whom one of ours may be running. */
  uids: ReadonlySet<number>;
}

/** Of Debian's package dnsmasq-base, else whom dnsmasq itself would choose. */
const USERS = ['dnsmasq', 'nobody'];
/** user_namespaces(7): all there is in /proc/self/uid_map where root is the machine's own. */
const WHOLE_MAP = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * The user `dnsmasq` where there is one. In a user namespace there are no others to become: it stays what it is, and an
 * empty `group` keeps dnsmasq from giving up groups, which is not allowed there.
 */
export async function serviceAccount(): Promise<ServiceAccount> {
  const own = process.getuid?.() ?? 0;
  const real = own === 0 && WHOLE_MAP.test(readProc('/proc/self/uid_map') ?? '');
  for (const user of real ? USERS : []) {
    const uid = await lookupUser(user);
    if (uid !== null) return { lines: [`user=${user}`], uid, uids: new Set([own, uid]) };
  }
  return { lines: ['user=root', 'group='], uid: null, uids: new Set([own]) };
}
