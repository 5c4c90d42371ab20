import { normalAddress } from '../model/ip.ts';
import type { Dns } from './documents.ts';
import type { DnsRecord, ServedDns } from './serving.ts';

type WrittenRecord = NonNullable<Dns['records']>[number];

/** A network's names, with the defaults filled in. */
export function servedDns(dns: Dns): ServedDns {
  return {
    enabled: dns.enabled ?? true,
    domain: dns.domain?.toLowerCase() ?? null,
    forwarders: (dns.forwarders ?? []).map(normalForwarder),
    localOnly: dns.localOnly ?? false,
    records: (dns.records ?? []).map(dnsRecord),
  };
}

function normalForwarder(text: string): string {
  const [address = '', port] = text.split('#');
  return port === undefined || port === '53' ? normalAddress(address) : `${normalAddress(address)}#${port}`;
}

function dnsRecord(record: WrittenRecord): DnsRecord {
  if ('srv' in record) {
    const { service, protocol, domain, target, port, priority, weight } = record.srv;
    return {
      is: 'srv',
      service: service.replace(/^_/, '').toLowerCase(),
      protocol,
      domain: domain?.toLowerCase() ?? null,
      target: target.toLowerCase(),
      port,
      priority: priority ?? 0,
      weight: weight ?? 0,
    };
  }
  const name = record.name.toLowerCase();
  if ('cname' in record) return { is: 'cname', name, target: record.cname.toLowerCase() };
  if ('txt' in record) return { is: 'txt', name, texts: record.txt };
  return { is: 'address', name, addresses: record.addresses.map(normalAddress) };
}
