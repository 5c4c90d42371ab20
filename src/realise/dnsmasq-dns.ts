import type { DnsRecord, ServedDns, Serving } from '../desired/serving.ts';
import { quoted } from '../tools/dnsmasq/quote.ts';
import { reverseZones } from './reverse-zones.ts';

/** Lines of dnsmasq.conf for DNS. */
export function dnsLines({ dns, forward, subnets }: Serving): string[] {
  if (!dns.enabled) return ['port=0'];
  const outside = forward !== 'isolated' || dns.forwarders.length > 0;
  return [
    'domain-needed',
    'strict-order',
    // By isolation, or because these are to be asked and nobody else.
    ...(forward === 'isolated' || dns.forwarders.length > 0 ? ['no-resolv'] : []),
    ...dns.forwarders.map((forwarder) => `server=${forwarder}`),
    ...(dns.domain === null ? [] : [`domain=${dns.domain}`]),
    ...(dns.domain !== null && (dns.localOnly || !outside) ? [`local=/${dns.domain}/`] : []),
    ...[...new Set(subnets.flatMap(({ subnet }) => reverseZones(subnet)))]
      .sort()
      .map((zone) => `local=/${zone}/`),
    ...dns.records.flatMap((record) => recordLines(record, dns)),
  ];
}

/** dnsmasq reads these at its start only; addresses stand in the hosts file. */
function recordLines(record: DnsRecord, dns: ServedDns): string[] {
  switch (record.is) {
    case 'address':
      return [];
    case 'cname':
      return [`cname=${[...namesOf(record.name, dns), namesOf(record.target, dns)[0]].join(',')}`];
    case 'txt': {
      const texts = record.texts.map(quoted).join(',');
      return namesOf(record.name, dns).map((name) => `txt-record=${name},${texts}`);
    }
    case 'srv': {
      const { service, protocol, target, port, priority, weight } = record;
      const domain = record.domain ?? dns.domain;
      const name = [`_${service}`, `_${protocol}`, ...(domain === null ? [] : [domain])].join('.');
      return [`srv-host=${name},${namesOf(target, dns)[0]},${port},${priority},${weight}`];
    }
  }
}

/** Lines of the addn-hosts file; the first name of an address is what it is called the other way round. */
export function hostLines({ dns, reservations }: Serving): string[] {
  if (!dns.enabled) return [];
  const guests = reservations.flatMap(({ name, addresses }) =>
    addresses.map((address) => [address, ...guestNames(name, dns)].join(' ')),
  );
  const records = dns.records.flatMap((record) =>
    record.is !== 'address'
      ? []
      : record.addresses.map((address) => [address, ...namesOf(record.name, dns)].join(' ')),
  );
  return [...guests, ...records];
}

/** A name without a dot is one of the domain, known by itself as well. */
function namesOf(name: string, { domain }: ServedDns): string[] {
  return domain === null || name.includes('.') ? [name] : [`${name}.${domain}`, name];
}

/** A guest's name is one of the domain whatever dots it has. */
function guestNames(name: string, { domain }: ServedDns): string[] {
  return domain === null || name.endsWith(`.${domain}`) ? [name] : [`${name}.${domain}`, name];
}
