import { readProc } from './macvtap-node.ts';

/** CAP_NET_ADMIN of linux/capability.h. */
const NET_ADMIN = 12n;

/** Whether this process may change the links of its network namespace, as far as its own capabilities tell. */
export function mayChangeLinks(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readProc('/proc/self/status') ?? '')?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> NET_ADMIN) & 1n) === 1n;
}
