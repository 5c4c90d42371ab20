import { isObject, textAt } from '../json.ts';
import { DONE, failed, type StepResult } from '../result.ts';
import { readDump } from './dump.ts';

/** Without a search for duplicates it is a matter of milliseconds, unless the kernel is very busy with links. */
const LONGEST_MS = 10_000;
const PAUSE_MS = 3;

/**
 * Waits until the kernel delivers what comes in for these IPv6 addresses of a link. It makes their routes in the table
 * `local` by work that it puts off (addrconf_dad_work, net/ipv6/addrconf.c), and with `nodad` no flag tells of that.
 */
export async function waitUntilSettled(link: string, addresses: readonly string[]): Promise<StepResult> {
  for (const end = Date.now() + LONGEST_MS; ; ) {
    const dump = await readDump(['-6', 'route', 'show', 'table', 'local', 'dev', link]);
    const known = new Set(
      (Array.isArray(dump) ? dump : []).filter(isObject).map((one) => textAt(one, 'dst')),
    );
    const missing = addresses.filter((address) => !known.has(address));
    if (missing.length === 0) return DONE;
    if (Date.now() > end) {
      return failed(`the kernel has not taken ${missing.join(', ')} into use in ${LONGEST_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
