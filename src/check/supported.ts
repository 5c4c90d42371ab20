import { formatPath, type Problem } from '../model/problem.ts';
import { shortfalls } from '../realise/support.ts';
import type { CheckContext } from './context.ts';
import { nameOf } from './problems.ts';

/** What a guest's port group asks for, its host's realisation of the network can give. */
export function supported({ attachments }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const there of attachments.values()) {
    for (const { guest, iface, host, network } of there) {
      if (network === undefined || iface.portGroup === null) continue;
      for (const { code, message, expected } of shortfalls(network.entry, iface.portGroup)) {
        const index = guest.interfaces.indexOf(iface);
        const key = guest.document.spec.interfaces[index]?.portGroup === undefined ? 'network' : 'portGroup';
        problems.push({
          code,
          severity: 'error',
          message: `guest ${guest.name} ${iface.name} (port group ${iface.portGroup.name}) ${message} on ${host.name}`,
          source: iface.at([key]),
          path: formatPath(['spec', 'interfaces', index, key]),
          found: `network ${network.name} on ${host.name} is ${network.entry.type}`,
          expected,
          about: [nameOf(guest.document)],
        });
      }
    }
  }
  return problems;
}
