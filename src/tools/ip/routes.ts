import { isIP } from 'node:net';
import type { HostRoute } from '../../model/addressing.ts';
import { isObject, type JsonObject, listAt, numberAt, textAt, textsAt } from '../json.ts';
import { readDump } from './dump.ts';

/** The types that go out by a link: RTN_* of linux/rtnetlink.h, in the words of ip-route(8). */
const TYPES: Readonly<Record<string, string>> = {
  '1': 'unicast',
  '2': 'local',
  '3': 'broadcast',
  '4': 'anycast',
  '5': 'multicast',
};

/** What can be said again in numbers alone. */
const METRICS = ['mtu', 'advmss', 'window', 'hoplimit', 'initcwnd', 'initrwnd', 'quickack'];
/** What the rest of a HostRoute says, or what says nothing of the route itself. */
const KNOWN = new Set(
  'type dst gateway dev table protocol scope prefsrc metric flags metrics pref nexthops error'.split(' '),
);

/** All routes of this network namespace that go out by a link, IPv4 first. Throws ReadFailed. */
export async function readRoutes(): Promise<HostRoute[]> {
  const dumps = await Promise.all(
    (['-4', '-6'] as const).map((family) => readDump([family, '-d', 'route', 'show', 'table', 'all'])),
  );
  return dumps.flatMap((json, i) => parseRoutes(json, i === 0 ? 4 : 6));
}

export function parseRoutes(json: unknown, family: 4 | 6): HostRoute[] {
  return (Array.isArray(json) ? json : []).filter(isObject).flatMap((entry) => parseRoute(entry, family));
}

function parseRoute(entry: JsonObject, family: 4 | 6): HostRoute[] {
  const destination = destinationOf(textAt(entry, 'dst'), family);
  const devices = [entry, ...listAt(entry, 'nexthops').filter(isObject)].flatMap(
    (one) => textAt(one, 'dev') ?? [],
  );
  const type = TYPES[textAt(entry, 'type') ?? '1'];
  if (destination === null || type === undefined || devices.length === 0) return [];
  const metrics = metricsOf(entry);
  const flags = textsAt(entry, 'flags');
  const unsayable = Object.keys(entry).filter((key) => !KNOWN.has(key));
  if (listAt(entry, 'nexthops').length > 0) unsayable.push('nexthops');
  if (metrics === null) unsayable.push('metrics');
  return [
    {
      family,
      destination,
      type,
      table: Number(textAt(entry, 'table') ?? numberAt(entry, 'table') ?? 254),
      protocol: Number(textAt(entry, 'protocol') ?? numberAt(entry, 'protocol') ?? 0),
      scope: Number(textAt(entry, 'scope') ?? numberAt(entry, 'scope') ?? 0),
      metric: numberAt(entry, 'metric'),
      gateway: addressAt(entry, 'gateway'),
      source: addressAt(entry, 'prefsrc'),
      onlink: flags.includes('onlink'),
      preference: preferenceOf(entry),
      metrics: metrics ?? [],
      devices: [...new Set(devices)],
      unsayable,
    },
  ];
}

/** `default` and lone addresses with their prefix length, so that the family is plain wherever the text stands. */
function destinationOf(text: string | null, family: 4 | 6): string | null {
  if (text === 'default') return family === 4 ? '0.0.0.0/0' : '::/0';
  const [address = '', prefix] = (text ?? '').split('/');
  if (isIP(address) !== family) return null;
  return `${address}/${prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)}`;
}

function metricsOf(entry: JsonObject): [string, number][] | null {
  const metrics: [string, number][] = [];
  for (const group of listAt(entry, 'metrics').filter(isObject)) {
    for (const name of Object.keys(group)) {
      const value = numberAt(group, name);
      if (value === null || !METRICS.includes(name)) return null;
      metrics.push([name, value]);
    }
  }
  return metrics;
}

/** RFC 4191; `medium` is what every route has. */
function preferenceOf(entry: JsonObject): string | null {
  const text = textAt(entry, 'pref');
  return text === 'low' || text === 'high' ? text : null;
}

function addressAt(entry: JsonObject, key: string): string | null {
  const text = textAt(entry, key);
  return text !== null && isIP(text) !== 0 ? text : null;
}
