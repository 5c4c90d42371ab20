import type { Fleet } from '../desired/fleet.ts';
import { compareProblems, type Problem } from '../model/problem.ts';
import { autoconfiguration } from './addressing/autoconfiguration.ts';
import { dhcpOptions } from './addressing/dhcp-options.ts';
import { dns } from './addressing/dns.ts';
import { forwarding } from './addressing/forwarding.ts';
import { gateways } from './addressing/gateways.ts';
import { guestAddresses } from './addressing/guest-addresses.ts';
import { names } from './addressing/names.ts';
import { published } from './addressing/published.ts';
import { ranges } from './addressing/ranges.ts';
import { routes } from './addressing/routes.ts';
import { servedSubnets } from './addressing/served-subnets.ts';
import { serving } from './addressing/serving.ts';
import { sharedRanges } from './addressing/shared-ranges.ts';
import { subnets } from './addressing/subnets.ts';
import { virtualBridges } from './addressing/virtual-bridges.ts';
import { bridgeOptions } from './bridge-options.ts';
import { bridgesAgree } from './bridges-agree.ts';
import { bridgesHold } from './bridges-hold.ts';
import { classesAgree } from './classes-agree.ts';
import { type CheckContext, checkContext } from './context.ts';
import { deviceMatches } from './device-matches.ts';
import { deviceNamesFree } from './device-names-free.ts';
import { deviceRoles } from './device-roles.ts';
import { guestReferences } from './guest-references.ts';
import { hostReferences } from './host-references.ts';
import { hostnames } from './hostnames.ts';
import { interfaces } from './interfaces.ts';
import { loops } from './loops.ts';
import { placements } from './placements.ts';
import { poolEntries } from './pool-entries.ts';
import { poolsHold } from './pools-hold.ts';
import { portGroups } from './port-groups.ts';
import { safety } from './safety.ts';
import { supported } from './supported.ts';
import { uniqueAddresses } from './unique-addresses.ts';
import { uniqueDevices } from './unique-devices.ts';

/** One rule over the whole fleet (DESIGN §2), linear in its size. */
export type Rule = (context: CheckContext) => Problem[];

const RULES: readonly Rule[] = [
  hostReferences,
  guestReferences,
  placements,
  hostnames,
  classesAgree,
  portGroups,
  interfaces,
  uniqueDevices,
  uniqueAddresses,
  bridgeOptions,
  loops,
  poolEntries,
  deviceMatches,
  deviceRoles,
  bridgesAgree,
  deviceNamesFree,
  safety,
  supported,
  poolsHold,
  bridgesHold,
  subnets,
  gateways,
  autoconfiguration,
  ranges,
  dhcpOptions,
  routes,
  dns,
  names,
  guestAddresses,
  virtualBridges,
  serving,
  forwarding,
  servedSubnets,
  sharedRanges,
  published,
];

/** All that is wrong with a fleet as a whole, with no host at hand, in the order of a report. Touches nothing. */
export function check(fleet: Fleet): Problem[] {
  const context = checkContext(fleet);
  return onceEach(RULES.flatMap((rule) => rule(context))).sort(compareProblems);
}

/** A slip in a class shows on each of its hosts: it is told once, in the words of the first, and the rest is counted. */
function onceEach(problems: readonly Problem[]): Problem[] {
  const told = new Map<string, { problem: Problem; times: number; about: Set<string> }>();
  for (const problem of problems) {
    const { code, source, path, about = [] } = problem;
    const key = `${code} ${source?.file}:${source?.line}:${source?.column} ${path}`;
    const known = told.get(key);
    if (known === undefined) {
      told.set(key, { problem, times: 1, about: new Set(about) });
      continue;
    }
    known.times += 1;
    for (const document of about) known.about.add(document);
  }
  return [...told.values()].map(({ problem, times, about }) =>
    times === 1
      ? problem
      : {
          ...problem,
          message: `${problem.message} (and ${times - 1} more of the kind here)`,
          about: [...about],
        },
  );
}
