import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelHost } from './kernel-host.ts';

/** A port as ovs-vsctl shows it: the Port row with its Interface row. */
export interface OvsPortRow {
  uuid: string;
  tag: number | null;
  trunks: number[];
  vlan_mode: string | null;
  protected: boolean;
  portIds: Record<string, string>;
  interfaceIds: Record<string, string>;
  ofport: number | null;
  error: string | null;
}

/** The ports of a bridge, its own left out. */
export function ovsPorts(host: KernelHost, bridge: string): string[] {
  return vsctl(host, 'list-ports', bridge).split('\n').filter(Boolean).sort();
}

export function ovsBridges(host: KernelHost): string[] {
  return vsctl(host, 'list-br').split('\n').filter(Boolean).sort();
}

/** The port, which must stand. */
export function ovsPort(host: KernelHost, name: string): OvsPortRow {
  const port = row(host, 'Port', name);
  const iface = row(host, 'Interface', name);
  return {
    uuid: port._uuid,
    tag: port.tag,
    trunks: [port.trunks ?? []].flat(),
    vlan_mode: port.vlan_mode,
    protected: port.protected,
    portIds: port.external_ids,
    interfaceIds: iface.external_ids,
    ofport: iface.ofport,
    error: iface.error,
  };
}

/** Asks ovs-vswitchd, which runs without a pid file. */
export function switchControl(host: KernelHost, ...args: string[]): string {
  const directory = host.ovs?.env.OVS_RUNDIR ?? '';
  const socket = readdirSync(directory).find((name) => /^ovs-vswitchd\.\d+\.ctl$/.test(name)) ?? '';
  return host.ns.exec('ovs-appctl', '-t', join(directory, socket), ...args);
}

// biome-ignore lint/suspicious/noExplicitAny: what a tool printed; OvsPortRow says what tests read of it
function row(host: KernelHost, table: string, name: string): Record<string, any> {
  const { headings, data }: { headings: string[]; data: unknown[][] } = JSON.parse(
    vsctl(host, '--format=json', 'list', table, name),
  );
  return Object.fromEntries(headings.map((heading, i) => [heading, plain(data[0]?.[i])]));
}

/** RFC 7047 §5.1: `["uuid", X]`, `["map", pairs]`, and `["set", values]` for anything but exactly one. */
function plain(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [type, content] = value;
  if (type === 'map') return Object.fromEntries(content);
  if (type === 'set') return content.length === 0 ? null : content;
  return content;
}

function vsctl(host: KernelHost, ...args: string[]): string {
  if (host.ovs === null) throw new Error('this host has no Open vSwitch');
  return host.ovs.vsctl(...args);
}
