import { join } from 'node:path';
import { type Finding, someOf } from '../../model/finding.ts';
import { matchesGlob } from './link-match.ts';
import { type ServiceState, serviceState } from './services.ts';
import type { Subject } from './subjects.ts';
import { filesOf, isTrue, lastValue, parseSections, readText, type Sections } from './unit-files.ts';

export interface NetworkManagerFacts {
  state: ServiceState;
  /** Its configuration, later files over earlier ones. */
  config: Sections;
  /** What it says of links that stand, by index: whether it manages them. */
  managed: ReadonlyMap<number, boolean>;
}

export function readNetworkManager(root: string, subjects: readonly Subject[]): NetworkManagerFacts {
  const state = serviceState('NetworkManager', root);
  const managed = new Map<number, boolean>();
  if (state === 'off') return { state, config: new Map(), managed };
  for (const { link } of subjects) {
    if (link === null) continue;
    const text = readText(join(root, 'run/NetworkManager/devices', String(link.index)));
    const value = text === null ? null : lastValue(parseSections(text), 'device', 'managed');
    if (value !== null) managed.set(link.index, isTrue(value));
  }
  return { state, config: readConfig(root), managed };
}

/** NetworkManager.conf(5): the main file first, then conf.d by name, one in /etc hiding its namesakes. */
function readConfig(root: string): Sections {
  const etc = join(root, 'etc/NetworkManager');
  const directories = [etc, join(root, 'run/NetworkManager'), join(root, 'usr/lib/NetworkManager')];
  const files = filesOf(
    directories.map((directory) => join(directory, 'conf.d')),
    '.conf',
  );
  const texts = [join(etc, 'NetworkManager.conf'), ...files.map(({ path }) => path)].map(readText);
  return parseSections(texts.filter((text) => text !== null).join('\n'));
}

/** Links of ours that NetworkManager takes for its own: uplinks are worse, for each NIC gets a profile by itself. */
export function judgeNetworkManager(facts: NetworkManagerFacts, subjects: readonly Subject[]): Finding[] {
  if (facts.state === 'off') return [];
  const managed = subjects.filter((subject) => isManaged(facts, subject));
  const uplinks = managed.filter(({ role }) => role === 'uplink');
  const others = managed.filter(({ role }) => role !== 'uplink');
  const findings: Finding[] = [];
  const severity = facts.state === 'running' ? 'error' : 'warning';
  if (uplinks.length > 0) {
    const words = `NetworkManager would give ${names(uplinks)} a profile of its own and take them off their bridge: guests there lose the network`;
    findings.push(finding(severity, words, uplinks, facts.state));
  }
  if (others.length > 0) {
    const words = `NetworkManager counts ${names(others)} as its own: a profile that matches them, or a reconnect, changes what Plumbline made`;
    findings.push(finding('warning', words, others, facts.state));
  }
  return findings;
}

function finding(
  severity: Finding['severity'],
  message: string,
  links: readonly Subject[],
  state: ServiceState,
): Finding {
  const list = links.slice(0, 5).map(({ name }) => `interface-name:${name}`);
  return {
    code: 'network-manager-manages',
    severity,
    message,
    found: `NetworkManager ${state === 'running' ? 'runs' : 'is enabled'}, and ${names(links)} ${links.length === 1 ? 'is' : 'are'} not unmanaged`,
    hint: `/etc/NetworkManager/conf.d/90-plumbline.conf with [keyfile] unmanaged-devices+=${list.join(';')}; then nmcli general reload`,
  };
}

function names(links: readonly Subject[]): string {
  return someOf(links.map(({ name }) => name));
}

function isManaged({ config, managed }: NetworkManagerFacts, subject: Subject): boolean {
  const told = subject.link === null ? undefined : managed.get(subject.link.index);
  if (told !== undefined) return told;
  if (matchesSpec(unmanagedDevices(config), subject)) return false;
  // The first [device…] section that matches a link and says `managed` decides.
  for (const [name, section] of config) {
    const says = section.get('managed')?.at(-1);
    if (!name.startsWith('device') || says === undefined) continue;
    const spec = section.get('match-device')?.at(-1);
    if (spec === undefined || matchesSpec(spec, subject)) return isTrue(says);
  }
  return true;
}

/** `key+=` adds to what earlier files said. */
function unmanagedDevices(config: Sections): string {
  const keyfile = config.get('keyfile');
  return [
    keyfile?.get('unmanaged-devices')?.at(-1) ?? '',
    ...(keyfile?.get('unmanaged-devices+') ?? []),
  ].join(';');
}

/** Device list format of NetworkManager.conf(5); a device that an `except:` names is not meant, whatever else does. */
function matchesSpec(spec: string, subject: Subject): boolean {
  let matches = false;
  for (const item of spec.split(/[;,\s]+/).filter(Boolean)) {
    const excepted = item.startsWith('except:');
    if (!matchesItem(excepted ? item.slice('except:'.length) : item, subject)) continue;
    if (excepted) return false;
    matches = true;
  }
  return matches;
}

function matchesItem(item: string, { name, type, mac }: Subject): boolean {
  if (item === '*') return true;
  const colon = item.indexOf(':');
  const value = item.slice(colon + 1);
  switch (item.slice(0, colon)) {
    case 'interface-name':
      // `=` takes the rest as it is, without wildcards.
      return value.startsWith('=') ? value.slice(1) === name : matchesGlob(value.replace(/^~/, ''), name);
    case 'mac':
      return value.toLowerCase() === mac;
    case 'type':
      return nmType(type).includes(value);
    case 'driver':
      return type !== 'physical' && matchesGlob(value, type === 'macvtap' ? 'macvlan' : type);
    default:
      return false;
  }
}

function nmType(type: string): readonly string[] {
  if (type === 'physical') return ['ethernet'];
  return type === 'macvtap' ? ['macvlan'] : [type];
}
