import { deviceIdentity } from '../desired/devices.ts';
import type { ResolvedHost } from '../desired/fleet.ts';
import { serveSettings } from '../desired/serve-settings.ts';
import { derivedServiceLink } from '../model/identity.ts';
import { formatPath, type Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { nameOf } from './problems.ts';

/** No guest device has the name of a link that its host's documents speak of. */
export function deviceNamesFree({ hosts, attachments }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const [name, there] of attachments) {
    const host = hosts.get(name);
    if (host === undefined) continue;
    const taken = namedLinks(host);
    for (const { guest, iface } of there) {
      const use = taken.get(iface.device) ?? (iface.altname === null ? undefined : taken.get(iface.altname));
      if (use === undefined) continue;
      const index = guest.interfaces.indexOf(iface);
      const key = guest.document.spec.interfaces[index]?.device === undefined ? 'name' : 'device';
      problems.push({
        code: 'device-name-taken',
        severity: 'error',
        message: `the device ${iface.device} of guest ${guest.name} has the name of ${use} on ${name}`,
        source: iface.at([key]),
        path: formatPath(['spec', 'interfaces', index, key]),
        found: iface.device,
        expected: 'a name that no other link has',
        hint: 'give the interface another device',
        about: [nameOf(guest.document), nameOf(host.document)],
      });
    }
  }
  return problems;
}

/** Link names and altnames that a host's documents say, and what they are there. */
export function namedLinks(host: ResolvedHost): Map<string, string> {
  const names = new Map<string, string>();
  const add = (device: string, use: string) => {
    const [by = '', ...rest] = deviceIdentity(host, device).split(':');
    if (by !== 'mac') names.set(rest.join(':'), use);
  };
  for (const device of Object.keys(host.devices)) add(device, `the device ${device}`);
  for (const { name, entry } of host.networks.values()) {
    const serving = serveSettings(entry);
    if (serving !== null && serving.device !== null) add(serving.device, `the way out of ${name}`);
    if (entry.type === 'direct') {
      for (const { device } of entry.pool) add(device, `a pool device of ${name}`);
    } else {
      names.set(entry.bridge, `the bridge of ${name}`);
      if (entry.type === 'virtual') continue;
      for (const device of entry.uplinks ?? []) add(device, `an uplink of ${entry.bridge}`);
    }
    if (serving !== null && entry.type !== 'bridge') {
      names.set(derivedServiceLink(name), `the host's own place in ${name}`);
    }
  }
  return names;
}
