import type { HostState, LibvirtState, LinkState } from '../model/host.ts';
import { recordedAddressTexts } from '../model/mark.ts';
import { addNodes, readLinks } from '../tools/ip/read.ts';
import { connectOvsdb } from '../tools/ovsdb/connection.ts';
import { OvsdbRefused, OvsdbUnreachable } from '../tools/ovsdb/errors.ts';
import { readOvs } from '../tools/ovsdb/read.ts';
import { hasServed } from '../tools/served.ts';
import { kernelHasIpv6, readSysctl, readSysctls } from '../tools/sysctl.ts';
import { mayHaveDefined } from '../tools/virsh/known.ts';
import {
  addGenModes,
  EVERYTHING,
  type Extent,
  mayHaveServed,
  readServices,
  type ServicesReading,
  servesNetworks,
  settingsOf,
} from './read-services.ts';
import type { Task } from './task.ts';

/** A read of a host that is under way. */
export interface Reading {
  links: Promise<HostState>;
  /** null where it has served no network since it was booted. */
  services: Promise<ServicesReading> | null;
}

/**
 * Begins to read what can be read before the documents are known, so that the one goes on beside the other. Whoever does
 * so and then does not need it has nothing to handle.
 */
export function beginReading(env: NodeJS.ProcessEnv, extent: Extent = EVERYTHING): Reading {
  return { links: readHost(env), services: hasServed(env) ? startServices(env, extent) : null };
}

/** Everything that a plan of this task compares, read anew. `reading` is a read of this run that is under way already. */
export async function observeTask(
  task: Task,
  reading: Reading | Promise<Reading> = beginReading(task.env),
): Promise<HostState> {
  const begun = await reading;
  const early = begun.services ?? (servesNetworks(task) ? startServices(task.env) : null);
  const libvirt = startLibvirt(task);
  const state = await begun.links;
  if (task.deviceOwner !== null) addNodes(state.links);
  const moves = movesAddresses(task) || state.links.some(hasTakenOver);
  if (moves) await addManagers(state);
  const services = early ?? (mayHaveServed(state, task.env) ? startServices(task.env) : null);
  if (services !== null) await addServices(state, services);
  else if (moves) state.routes = await (await import('../tools/ip/routes.ts')).readRoutes();
  if (libvirt !== null) state.libvirt = await libvirt;
  return state;
}

/**
 * Libvirt is asked where the documents have the host's networks there, or one of ours is known to stand; never from a
 * sandbox, whose networks are none of the machine's.
 */
function startLibvirt({ desired, env, datapath }: Task): Promise<LibvirtState> | null {
  if (datapath !== null) return null;
  const wanted = desired?.host.libvirt?.networks === true ? [...desired.host.networks.keys()] : [];
  if (wanted.length === 0 && !mayHaveDefined(env)) return null;
  const reading = import('../tools/virsh/read.ts').then(({ readLibvirt }) => readLibvirt(wanted, env));
  reading.catch(() => {});
  return reading;
}

/** Whoever began it may find out that it is not needed, and then has nothing to handle. */
function startServices(env: NodeJS.ProcessEnv, extent: Extent = EVERYTHING): Promise<ServicesReading> {
  const reading = readServices(env, extent);
  reading.catch(() => {});
  return reading;
}

async function addServices(state: HostState, reading: Promise<ServicesReading>): Promise<void> {
  const sysctls = readSysctls(settingsOf(state));
  addGenModes(state.links, readSysctl);
  const { routes, services } = await reading;
  state.routes = routes;
  state.services = { ...services, sysctls };
}

/** Whether the documents have the host's own addresses moved. */
function movesAddresses({ desired }: Task): boolean {
  if (desired === null) return false;
  return [...desired.host.networks.values()].some(
    ({ entry }) => entry.type === 'bridge' && entry.moveAddresses === true,
  );
}

function hasTakenOver({ altnames }: LinkState): boolean {
  return recordedAddressTexts(altnames).length > 0;
}

/** A file for each NIC: only for hosts that move their own addresses. */
async function addManagers(state: HostState): Promise<void> {
  const { linkManager, runTellsOfUs } = await import('../tools/link-manager.ts');
  const told = runTellsOfUs();
  for (const link of state.links) link.manager = told ? linkManager(link.index) : null;
}

/** One process for the links, one transaction for Open vSwitch, one look for IPv6. */
export function readHost(env: NodeJS.ProcessEnv): Promise<HostState> {
  const reading = Promise.all([readLinks(), readOvsState(env)]).then(([links, ovs]) => ({
    links,
    ...ovs,
    ...(kernelHasIpv6() ? {} : { ipv6: false as const }),
  }));
  reading.catch(() => {});
  return reading;
}

/** A host without Open vSwitch is no error until a network needs it. */
async function readOvsState(env: NodeJS.ProcessEnv): Promise<Pick<HostState, 'ovs' | 'ovsUnavailable'>> {
  try {
    const connection = await connectOvsdb(env);
    try {
      return { ovs: await readOvs(connection), ovsUnavailable: null };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof OvsdbUnreachable)
      return { ovs: null, ovsUnavailable: `${error.path}: ${error.why}` };
    if (error instanceof OvsdbRefused) return { ovs: null, ovsUnavailable: refusalWords(error) };
    throw error;
  }
}

/** It answers, but has not the tables and columns that are read: ovs-ctl converts a schema that an older one left. */
function refusalWords({ message }: OvsdbRefused): string {
  return `its database refuses to be read (${message}); if its schema is older than this Open vSwitch, restarting that converts it`;
}
