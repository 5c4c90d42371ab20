/**
 * Statements of libnftables-json(5), each in the form in which `nft -j -p list` prints it (1.0.6), for what is wanted is
 * compared with what is printed.
 */
type Statement = Readonly<Record<string, unknown>>;

export const RETURN: Statement = { return: null };
export const DROP: Statement = { drop: null };
/** An error that a person can read: `Destination … administratively prohibited`, at once and for every protocol. */
export const REJECT: Statement = { reject: { type: 'icmpx', expr: 'admin-prohibited' } };

export const TCP = 6;
export const UDP = 17;

export function match(left: unknown, right: unknown, op: '==' | '!=' | 'in' = '=='): Statement {
  return { match: { op, left, right } };
}

/** By name and never by index, so that a link which is made anew is the same to its rules. */
export function link(direction: 'iifname' | 'oifname', name: string, op: '==' | '!=' = '=='): Statement {
  return match({ meta: { key: direction } }, name, op);
}

export function family(version: 4 | 6): Statement {
  return match({ meta: { key: 'nfproto' } }, version === 4 ? 'ipv4' : 'ipv6');
}

export function protocol(number: number): Statement {
  return match({ meta: { key: 'l4proto' } }, number);
}

export function port(name: 'tcp' | 'udp', number: number | readonly number[]): Statement {
  const right = typeof number === 'number' ? number : { set: number };
  return match({ payload: { protocol: name, field: 'dport' } }, right);
}

/** `where` is an address, or a prefix such as `10.20.0.0/24`. */
export function address(side: 'saddr' | 'daddr', where: string): Statement {
  const [addr = '', length] = where.split('/');
  const right = length === undefined ? addr : { prefix: { addr, len: Number(length) } };
  return match({ payload: { protocol: addr.includes(':') ? 'ip6' : 'ip', field: side } }, right);
}

/** To an address of the host's; with `ofInterface`, of the link by which the packet came. */
export function toHost(ofInterface = false): Statement {
  return match({ fib: { result: 'type', flags: ofInterface ? ['daddr', 'iif'] : ['daddr'] } }, 'local');
}

export function icmp(version: 4 | 6, types: string | readonly string[]): Statement {
  const right = typeof types === 'string' ? types : { set: types };
  return match({ payload: { protocol: version === 4 ? 'icmp' : 'icmpv6', field: 'type' } }, right);
}

/** Packets of connections that stand, and errors that are about one. */
export const ANSWER = match({ ct: { key: 'state' } }, ['established', 'related'], 'in');
/** Packets of connections whose destination was translated. */
export const TRANSLATED = match({ ct: { key: 'status' } }, 'dnat', 'in');

/** A TCP handshake tells no larger segments than the way that the packet goes can take. */
export const CLAMP: readonly Statement[] = [
  match({ '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['syn', 'rst']] }, 'syn'),
  { mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } } },
];

export function jump(target: string): Statement {
  return { jump: { target } };
}

/** By a map from the name of a link to a chain. */
export function byLink(direction: 'iifname' | 'oifname', map: string): Statement {
  return { vmap: { key: { meta: { key: direction } }, data: `@${map}` } };
}

export function dnat(target: string, toPort: number): Statement {
  return { dnat: { family: target.includes(':') ? 'ip6' : 'ip', addr: target, port: toPort } };
}

interface Span<T> {
  first: T;
  last: T;
}

export function masquerade(ports: Span<number> | null): Statement {
  return { masquerade: ports === null ? null : { port: span(ports) } };
}

export function snat(addresses: Span<string>, ports: Span<number> | null): Statement {
  const version = addresses.first.includes(':') ? 'ip6' : 'ip';
  return {
    snat: { family: version, addr: span(addresses), ...(ports === null ? {} : { port: span(ports) }) },
  };
}

function span<T>({ first, last }: Span<T>): T | { range: [T, T] } {
  return first === last ? first : { range: [first, last] };
}
