import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceSpec } from '../../model/specs.ts';
import { runtimeDirectory, stateDirectory } from '../directories.ts';
import { errorCode } from '../result.ts';
import { quoted } from './quote.ts';

/** Where the files of one network's dnsmasq are. */
export interface ServicePaths {
  directory: string;
  /** dhcp-hostsfile: read again on SIGHUP. */
  reservations: string;
  /** addn-hosts: read again on SIGHUP. */
  hosts: string;
  /** What of these two files the process was told. */
  told: string;
  /** Survives a reboot. */
  leases: string;
}

/** What a configuration file says before what the documents ask for: where things are on this host. */
const HEAD_END = '# as the documents have it';
/** Of networks (DESIGN §2); no path. */
const SERVICE_NAME = /^[a-z0-9][a-z0-9.-]*$/;
const CONFIG_NAME = /^[0-9a-f]{16}\.conf$/;

export function servicesDirectory(env: NodeJS.ProcessEnv): string {
  return join(runtimeDirectory(env), 'dns');
}

export function servicePaths(name: string, env: NodeJS.ProcessEnv): ServicePaths {
  const directory = join(servicesDirectory(env), name);
  return {
    directory,
    reservations: join(directory, 'reservations'),
    hosts: join(directory, 'hosts'),
    told: join(directory, 'told'),
    leases: join(stateDirectory(env), 'leases', name),
  };
}

/** The whole of a configuration file. `account` says as whom it runs. */
export function configText(paths: ServicePaths, account: readonly string[], spec: ServiceSpec): string {
  const head = [
    ...account,
    // It is found by its command line; a pid file proves nothing.
    'pid-file=',
    `dhcp-leasefile=${quoted(paths.leases)}`,
    `dhcp-hostsfile=${quoted(paths.reservations)}`,
    `addn-hosts=${quoted(paths.hosts)}`,
  ];
  return linesText([...head, HEAD_END, ...spec.config]);
}

/** Named by what it says, so that the command line of a process tells what it was started with. */
export function configName(text: string): string {
  return `${hash('sha256', text, 'hex').slice(0, 16)}.conf`;
}

export function isServiceName(name: string): boolean {
  return SERVICE_NAME.test(name);
}

export function isConfigName(name: string): boolean {
  return CONFIG_NAME.test(name);
}

/** The lines that the documents ask for; null when the file is not what it was named for. */
export function configLines(name: string, text: string): string[] | null {
  if (configName(text) !== name) return null;
  const lines = textLines(text);
  const at = lines.indexOf(HEAD_END);
  return at < 0 ? null : lines.slice(at + 1);
}

/** The link that a configuration is for; null when it names none. */
export function linkOf(config: readonly string[]): string | null {
  const line = config.find((one) => one.startsWith('interface='));
  return line === undefined ? null : line.slice('interface='.length);
}

/** The links that the configuration files of a network are for, by whatever they say. */
export function linksOf({ directory }: ServicePaths): string[] {
  const links = listDirectory(directory)
    .filter(isConfigName)
    .flatMap((name) => linkOf(textLines(readText(join(directory, name)) ?? '')) ?? []);
  return [...new Set(links)];
}

/** What `told` holds after the process has been told these. */
export function toldText(spec: Pick<ServiceSpec, 'reservations' | 'hosts'>): string {
  return hash('sha256', JSON.stringify([spec.reservations, spec.hosts]), 'hex');
}

export function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

export function textLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** null when it is not there. */
export function readText(path: string): string | null {
  return unlessMissing(() => readFileSync(path, 'utf8'), null);
}

/** Nothing when it is not there. */
export function listDirectory(path: string): string[] {
  return unlessMissing(() => readdirSync(path), []);
}

function unlessMissing<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return otherwise;
    throw error;
  }
}
