import { dns as dnsSchema } from '../desired/addressing-documents.ts';
import type { Dns } from '../desired/documents.ts';
import type { LibvirtDns, LibvirtNetwork } from './libvirt-network.ts';
import type { Place, Remarks } from './notes.ts';
import { quoted } from './values.ts';

export type DnsRecord = NonNullable<Dns['records']>[number];

/** What a network's document says of names; undefined for nothing but defaults. */
export function dnsOf({ dns, domain, ips }: LibvirtNetwork, remarks: Remarks): Dns | undefined {
  // libvirt starts no dnsmasq where there is no address to serve from.
  if (ips.length === 0) {
    for (const { place } of [dns, domain].flatMap((one) => one ?? []))
      remarks.add(place, 'the network has no address to serve names from');
    return undefined;
  }
  const enabled = dns?.enabled ?? true;
  const result: Dns = {
    ...(!enabled && { enabled }),
    ...domainOf(domain, enabled, remarks),
    ...(dns !== null && enabled && { ...forwardersOf(dns, remarks), ...recordsOf(dns, domain, remarks) }),
  };
  return Object.keys(result).length === 0 ? undefined : result;
}

function domainOf(
  domain: LibvirtNetwork['domain'],
  enabled: boolean,
  remarks: Remarks,
): Pick<Dns, 'domain' | 'localOnly'> {
  if (domain === null) return {};
  const { place, name, localOnly } = domain;
  if (!dnsSchema.shape.domain.safeParse(name).success) {
    remarks.add(place, `${quoted(name)} is no domain name`);
    return {};
  }
  if (localOnly && !enabled) remarks.add(place, 'localOnly means nothing while DNS is turned off');
  return { domain: name, ...(localOnly && enabled && { localOnly }) };
}

function forwardersOf({ forwarders }: LibvirtDns, remarks: Remarks): Pick<Dns, 'forwarders'> {
  const carried = forwarders.flatMap(({ place, address, domain, port }) => {
    if (domain !== null) {
      remarks.add(place, `other servers for ${quoted(domain)} alone are nothing that the documents say`);
      return [];
    }
    return address === null ? [] : [port === null || port === 53 ? address : `${address}#${port}`];
  });
  return carried.length === 0 ? {} : { forwarders: [...new Set(carried)] };
}

function recordsOf(
  dns: LibvirtDns,
  domain: LibvirtNetwork['domain'],
  remarks: Remarks,
): Pick<Dns, 'records'> {
  const addresses = new Map<string, { place: Place; all: string[] }>();
  for (const { place, address, names } of dns.hosts) {
    for (const name of names) {
      const known = addresses.get(name.toLowerCase());
      if (known === undefined) addresses.set(name.toLowerCase(), { place, all: [address] });
      else if (!known.all.includes(address)) known.all.push(address);
    }
  }
  const records: { place: Place; record: DnsRecord }[] = [
    ...[...addresses].map(([name, { place, all }]) => ({ place, record: { name, addresses: all } })),
    ...dns.txts.map(({ place, name, value }) => ({ place, record: { name, txt: [value] } })),
    ...dns.srvs.flatMap((srv) => srvRecord(srv, domain !== null, remarks)),
  ];
  const carried = records.filter(({ place, record }) => {
    if (isRecord(record)) return true;
    remarks.add(place, 'a name or value in it is of no form that the documents have');
    return false;
  });
  return carried.length === 0 ? {} : { records: carried.map(({ record }) => record) };
}

/** Whether a record is one that the documents can have. */
export function isRecord(record: DnsRecord): boolean {
  return dnsSchema.shape.records.safeParse([record]).success;
}

function srvRecord(
  { place, service, protocol, domain, target, port, priority, weight }: LibvirtDns['srvs'][number],
  hasDomain: boolean,
  remarks: Remarks,
): { place: Place; record: DnsRecord }[] {
  const why =
    target === null || target === '.' || port === null
      ? 'a service without a target and a port is nothing that the documents say'
      : domain === null && !hasDomain
        ? 'it is in no domain: neither it nor the network has one'
        : null;
  if (target === null || port === null || why !== null) {
    remarks.add(place, why ?? '');
    return [];
  }
  const srv = {
    service,
    protocol,
    ...(domain !== null && { domain }),
    target,
    port,
    ...(priority !== null && { priority }),
    ...(weight !== null && { weight }),
  };
  return [{ place, record: { srv } }];
}
