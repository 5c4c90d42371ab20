import type { Document } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, placeText } from './problems.ts';

/** No two hosts have one hostname: a machine of that name could not tell which of them it is. */
export function hostnames({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, Document<'Host'>>([...fleet.hosts]);
  for (const host of fleet.hosts.values()) {
    const hostname = host.spec.hostname?.toLowerCase();
    if (hostname === undefined) continue;
    const other = owners.get(hostname);
    owners.set(hostname, host);
    if (other === undefined || other === host) continue;
    const message = `host ${other.name} has the hostname ${hostname} too`;
    const hint = `the other is at ${placeText(other.at(['spec', 'hostname']))}`;
    problems.push(
      errorAt(host, ['spec', 'hostname'], { code: 'duplicate-hostname', message, found: hostname, hint }, [
        host,
        other,
      ]),
    );
  }
  return problems;
}
