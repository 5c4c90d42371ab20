import type { ResolvedHost } from '../../desired/fleet.ts';
import { compareFindings, type Finding } from '../../model/finding.ts';
import type { HostState } from '../../model/host.ts';
import type { Problem } from '../../model/problem.ts';
import type { AnyWanted } from '../../model/resource.ts';
import { LIBVIRT_UNREACHABLE } from '../../realise/libvirt-host.ts';
import { FOREIGN_DROPS } from '../../realise/surroundings.ts';
import { judgeAliases } from './aliases.ts';
import { judgeAllowedSigners } from './allowed-signers.ts';
import { judgeBridgeFirewall, readBridgeFirewall } from './bridge-firewall.ts';
import { judgeClock, readClock } from './clock.ts';
import { judgeForwarding, readForwarding } from './forwarding.ts';
import { judgeKernel, readKernel } from './kernel-features.ts';
import { judgeMacPolicy, readMacPolicy } from './mac-policy.ts';
import { judgeTools } from './missing-tools.ts';
import { judgeNetworkManager, readNetworkManager } from './network-manager.ts';
import { judgeNetworkd, readNetworkd } from './networkd.ts';
import { judgePorts, readPorts, type ServedPlaces } from './ports.ts';
import { judgeRights, readCapabilities } from './rights.ts';
import { type Needs, needsOf, standingSubjects, wantedSubjects } from './subjects.ts';

export interface Examined {
  /** The desired directory, whose commits are dated. */
  directory: string;
  /** What the documents ask of this host; null where they are not to be had, and then it is judged by what stands. */
  desired: {
    host: ResolvedHost;
    wanted: readonly AnyWanted[];
    /** What a plan would say of this host besides its changes. */
    problems: readonly Problem[];
  } | null;
  state: HostState;
  /** The file that `watch --verify-signatures` has; null where signatures are not asked for. */
  allowedSigners: string | null;
}

/** All checks, each in its own file; what they find, worst first. Changes nothing. */
export async function examine({ directory, desired, state, allowedSigners }: Examined): Promise<Finding[]> {
  const subjects =
    desired === null ? standingSubjects(state.links) : wantedSubjects(desired.wanted, state.links);
  const needs = needsOf(desired?.host ?? null, subjects);
  // Without documents, guests may be on any bridge that stands.
  const usesBridges = needs.bridge || (desired === null && state.links.some(({ type }) => type === 'bridge'));
  const serves = needs.service || needs.rules;
  const [ports, firewall, kernel, clock, signers] = await Promise.all([
    needs.service ? readPorts() : [],
    readBridgeFirewall('/proc'),
    readKernel('/'),
    readClock(directory),
    judgeAllowedSigners(allowedSigners),
  ]);
  return [
    ...judgeTools(needs),
    ...signers,
    ...judgeRights(readCapabilities('/proc'), needs),
    ...judgeKernel(kernel, needs),
    ...judgeOpenvswitch(state, needs),
    ...judgeNetworkd(readNetworkd('/'), subjects),
    ...judgeNetworkManager(readNetworkManager('/', subjects), subjects),
    ...judgeMacPolicy(readMacPolicy('/'), subjects),
    ...judgeBridgeFirewall(firewall, usesBridges),
    ...judgePorts(ports, servedPlaces(state, desired?.wanted ?? [])),
    ...(serves ? judgeForwarding(readForwarding('/'), needs) : []),
    ...foreignDrops(desired?.problems ?? []),
    ...silentLibvirt(desired?.problems ?? []),
    ...judgeAliases(state.links, subjects),
    ...judgeClock(clock),
  ].sort(compareFindings);
}

function servedPlaces(state: HostState, wanted: readonly AnyWanted[]): ServedPlaces {
  return {
    addresses: wanted.flatMap((one) => (one.kind === 'address' ? [one.spec.address] : [])),
    pids: new Set((state.services?.dnsmasq ?? []).flatMap(({ pid }) => pid ?? [])),
  };
}

/** In the words of a plan, which warns of the same. */
function foreignDrops(problems: readonly Problem[]): Finding[] {
  return problems
    .filter(({ code }) => code === FOREIGN_DROPS)
    .map(({ code, message, found = '', hint = '' }) => ({ code, severity: 'warning', message, found, hint }));
}

/** As a plan says it: nobody but the plan asks libvirt. */
function silentLibvirt(problems: readonly Problem[]): Finding[] {
  return problems
    .filter(({ code }) => code === LIBVIRT_UNREACHABLE)
    .map(({ code, message, found = '', hint = '' }) => ({ code, severity: 'error', message, found, hint }));
}

function judgeOpenvswitch({ ovsUnavailable }: HostState, needs: Needs): Finding[] {
  if (!needs.openvswitch || ovsUnavailable === null) return [];
  return [
    {
      code: 'ovs-unreachable',
      severity: 'error',
      message: 'Open vSwitch cannot be reached: guests of its networks get no port',
      found: ovsUnavailable,
      hint: 'apt install openvswitch-switch; systemctl enable --now openvswitch-switch',
    },
  ];
}
