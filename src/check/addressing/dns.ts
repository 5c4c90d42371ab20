import type { Document } from '../../desired/fleet.ts';
import { servedDns } from '../../desired/served-dns.ts';
import { dnsNamesOf } from '../../desired/served-guests.ts';
import type { DnsRecord, ServedDns } from '../../desired/serving.ts';
import { addressValue, familyOf } from '../../model/ip.ts';
import type { Path, Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding, placeText } from '../problems.ts';
import { subnetsOf } from './subnets-of.ts';

type Told = Finding & { key: Path; severity?: 'warning' };

/** A network's DNS settings mean something together, and its records do not contradict one another. */
export function dns(context: CheckContext): Problem[] {
  return [...context.fleet.networks.values()].flatMap((network) => {
    if (network.spec.dns === undefined) return [];
    const served = servedDns(network.spec.dns);
    const told: Told[] = [
      ...settings(network, served),
      ...forwarders(network, served),
      ...records(network, served, dnsNamesOf(context.fleet, network.name)),
    ];
    return told.map(({ key, ...finding }): Problem => {
      return { ...errorAt(network, ['spec', 'dns', ...key], finding), ...finding };
    });
  });
}

function settings({ spec, name }: Document<'Network'>, { enabled, localOnly, domain }: ServedDns): Told[] {
  if (spec.addressing === undefined) {
    const message = `network ${name} has DNS, but no addresses to serve it from`;
    return [{ key: [], code: 'dns-without-addressing', message, expected: 'addressing beside dns' }];
  }
  if (!enabled) {
    const unused = (['forwarders', 'localOnly', 'records'] as const).filter(
      (key) => spec.dns?.[key] !== undefined,
    );
    return unused.map((key) => ({
      key: [key],
      code: 'unused-setting',
      message: `${key} stands beside enabled: false, so nobody answers by it`,
      expected: `enabled: true, or no ${key}`,
    }));
  }
  if (!localOnly || domain !== null) return [];
  const message = 'localOnly is said of no domain';
  return [{ key: ['localOnly'], code: 'needs-domain', message, expected: 'domain beside localOnly' }];
}

/** dnsmasq would ask itself, or its like on another host, and that one it. */
function forwarders(network: Document<'Network'>, { forwarders }: ServedDns): Told[] {
  return forwarders.flatMap((text, index) => {
    const [address = ''] = text.split('#');
    const value = addressValue(address);
    const own = subnetsOf(network).some(
      ({ family, gateway }) => family === familyOf(address) && gateway === value,
    );
    if (!own) return [];
    const message = `${address} is the gateway of network ${network.name}, which is who asks`;
    const expected = 'a server outside of the network';
    return [{ key: ['forwarders', index], code: 'forwarder-is-gateway', message, found: text, expected }];
  });
}

function records(
  network: Document<'Network'>,
  { records, domain }: ServedDns,
  guestNames: ReadonlySet<string>,
): Told[] {
  const whole = (name: string) => (domain === null || name.includes('.') ? name : `${name}.${domain}`);
  const guests = new Set([...guestNames].map(whole));
  const byName = new Map<string, number[]>();
  for (const [index, record] of records.entries()) {
    const name = whole(nameOf(record));
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [index]);
    else same.push(index);
  }
  const isKnown = (name: string) => guests.has(name) || byName.has(name);
  return [
    ...[...byName].flatMap(([name, same]) => clashes(network, records, same, guests.has(name))),
    ...records.flatMap((record, index) => {
      if (record.is === 'cname') return target(record, index, (name) => isKnown(whole(name)));
      return record.is === 'srv' && record.domain === null && domain === null
        ? [homeless(record.service, index)]
        : [];
    }),
  ];
}

/** RFC 1034 3.6.2: where there is an alias there is nothing else. Two of one name keep dnsmasq from starting. */
function clashes(
  network: Document<'Network'>,
  records: readonly DnsRecord[],
  same: readonly number[],
  isGuest: boolean,
): Told[] {
  const aliases = same.filter((index) => records[index]?.is === 'cname');
  const [first = 0, ...others] = same;
  // With a guest of the name the alias is one too many, with another record the later of the two.
  const tooMany = isGuest ? aliases : aliases.length > 0 ? others : [];
  return tooMany.map((index) => ({
    key: ['records', index],
    code: 'dns-name-conflict',
    message: isGuest
      ? 'an alias has the name of a guest, which is its own'
      : 'an alias and another record have one name, and an alias has nothing beside it',
    found: records
      .slice(index, index + 1)
      .map(nameOf)
      .join(),
    expected: 'a name of its own',
    ...(isGuest
      ? {}
      : { hint: `the other is at ${placeText(network.at(['spec', 'dns', 'records', first]))}` }),
  }));
}

function target(
  { name, target }: Extract<DnsRecord, { is: 'cname' }>,
  index: number,
  isKnown: (name: string) => boolean,
): Told[] {
  if (isKnown(target)) return [];
  return [
    {
      key: ['records', index, 'cname'],
      severity: 'warning',
      code: 'unknown-cname-target',
      message: `${name} is an alias of ${target}, which neither a guest nor a record is called`,
      found: target,
      expected: 'a name that is known here: dnsmasq asks nobody else for what an alias stands for',
    },
  ];
}

function homeless(service: string, index: number): Told {
  const message = `the service ${service} is in no domain`;
  return {
    key: ['records', index, 'srv'],
    code: 'needs-domain',
    message,
    expected: 'domain in it, or in dns',
  };
}

function nameOf(record: DnsRecord): string {
  return record.is === 'srv' ? `_${record.service}._${record.protocol}` : record.name;
}
