import type { HostAddress } from '../../model/addressing.ts';
import { flagAt, isObject, type JsonObject, listAt, numberAt, textAt } from '../json.ts';

/** INFINITY_LIFE_TIME of linux/if_addr.h. */
const FOREVER = 4_294_967_295;

/** The addresses of one entry of `ip -N -j -d addr`, in the kernel's order. */
export function parseAddresses(entry: JsonObject): HostAddress[] {
  const link = textAt(entry, 'ifname') ?? '';
  return listAt(entry, 'addr_info').flatMap((info) => (isObject(info) ? parseAddress(info, link) : []));
}

function parseAddress(info: JsonObject, link: string): HostAddress[] {
  const local = textAt(info, 'local');
  const family = local === null ? null : familyOf(local);
  if (local === null || family === null) return [];
  const label = textAt(info, 'label') ?? link;
  const lifetime = numberAt(info, 'valid_life_time') ?? FOREVER;
  const passing = ['dynamic', 'temporary', 'mngtmpaddr'].some((flag) => flagAt(info, flag));
  return [
    {
      family,
      local,
      prefix: numberAt(info, 'prefixlen') ?? (family === 4 ? 32 : 128),
      peer: addressAt(info, 'address'),
      broadcast: addressAt(info, 'broadcast'),
      scope: scopeAt(info),
      metric: numberAt(info, 'metric'),
      label: label.startsWith(link) ? label.slice(link.length) : '',
      noPrefixRoute: flagAt(info, 'noprefixroute'),
      deprecated: flagAt(info, 'deprecated'),
      origin: passing || lifetime !== FOREVER ? 'dynamic' : 'static',
      ...(flagAt(info, 'dadfailed') && { duplicate: true }),
    },
  ];
}

function addressAt(info: JsonObject, key: string): string | null {
  const text = textAt(info, key);
  return text !== null && familyOf(text) !== null ? text : null;
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[\da-f:.]*:[\da-f:.]*$/;

/**
 * Of an address as inet_ntop(3) gives it. That it is one is the kernel's word, so no more is asked than what makes it
 * a safe token: the expression of node:net takes 10 ms to compile, in every run.
 */
function familyOf(text: string): 4 | 6 | null {
  if (IPV4.test(text)) return 4;
  return IPV6.test(text) ? 6 : null;
}

/** `ip -N` prints a number as text, and without it the name. */
function scopeAt(info: JsonObject): number {
  const text = textAt(info, 'scope');
  if (text === 'global') return 0;
  return Number(text ?? numberAt(info, 'scope') ?? 0);
}
