import type { DnsmasqState } from '../../model/host.ts';
import { type ServiceAccount, serviceAccount } from './account.ts';
import {
  configLines,
  isConfigName,
  isServiceName,
  linkOf,
  listDirectory,
  readText,
  servicePaths,
  servicesDirectory,
  textLines,
  toldText,
} from './files.ts';
import { findProcesses, type ServiceProcess } from './processes.ts';
import { letsPass } from './write.ts';

/** In place of what a process was told, where that is not known: a run was killed before it told. */
const UNKNOWN = ['# not known'];

/** The dnsmasq of every network: those that run, and those of which files are left. By name. */
export async function readServices(env: NodeJS.ProcessEnv): Promise<DnsmasqState[]> {
  const directory = servicesDirectory(env);
  const names = listDirectory(directory).filter(isServiceName);
  const account = await serviceAccount();
  // A process whose files are gone is still one of ours, so processes are looked at whenever there may be any.
  const processes = new Map<string, ServiceProcess[]>(names.map((name) => [name, []]));
  for (const one of findProcesses(directory, account.uids)) {
    processes.set(one.name, [...(processes.get(one.name) ?? []), one]);
  }
  return [...processes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, running]) => readOne(name, running, account, env));
}

function readOne(
  name: string,
  running: readonly ServiceProcess[],
  account: ServiceAccount,
  env: NodeJS.ProcessEnv,
): DnsmasqState {
  const paths = servicePaths(name, env);
  // Two cannot both serve: then none is what it should be, and a start ends both.
  const [process] = running.length === 1 ? running : [];
  const file = process?.config ?? listDirectory(paths.directory).filter(isConfigName).sort().at(0);
  const text = file === undefined ? null : readText(`${paths.directory}/${file}`);
  const config = file === undefined || text === null ? null : configLines(file, text);
  const reservations = textLines(readText(paths.reservations) ?? '');
  const hosts = textLines(readText(paths.hosts) ?? '');
  // Started again by systemd, a process is told by its files alone, and has to come to them.
  const told = readText(paths.told) === toldText({ reservations, hosts }) && letsPass(paths, account, env);
  return {
    name,
    link: linkOf(config ?? []) ?? '',
    pid: process?.pid ?? null,
    config: config ?? [],
    reservations: told ? reservations : UNKNOWN,
    hosts: told ? hosts : UNKNOWN,
  };
}
