import type { Realisation } from '../desired/documents.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt, type Finding } from './problems.ts';

/** Settings stand only at a bridge that Plumbline makes, and a forward delay only where STP is. */
export function bridgeOptions({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [network, entry] of Object.entries(document.spec.networks ?? {})) {
      for (const { key, ...finding } of [...unmanaged(entry), ...forwardDelay(entry)]) {
        problems.push(errorAt(document, ['spec', 'networks', network, key], finding));
      }
    }
  }
  return problems;
}

const ONLY_MANAGED = {
  bridge: [
    'uplinks',
    'stp',
    'forwardDelay',
    'ageingTime',
    'multicastSnooping',
    'mac',
    'loopFree',
    'moveAddresses',
  ],
  openvswitch: ['uplinks', 'datapath', 'loopFree'],
} as const;

function unmanaged(entry: Realisation): (Finding & { key: string })[] {
  if (entry.type === 'direct' || entry.type === 'virtual' || entry.manage === true) return [];
  return ONLY_MANAGED[entry.type]
    .filter((key) => Object.hasOwn(entry, key))
    .map((key) => ({
      key,
      code: 'only-managed',
      message: `${key} is set at the bridge ${entry.bridge}, which Plumbline does not manage`,
      expected: `manage: true beside ${key}`,
      hint: `without manage: true the bridge must exist already and is never changed`,
    }));
}

/** The kernel takes 2 to 30 s while STP runs: BR_MIN_FORWARD_DELAY and BR_MAX_FORWARD_DELAY, net/bridge/br_private_stp.h. */
function forwardDelay(entry: Realisation): (Finding & { key: string })[] {
  if (entry.type !== 'virtual' && (entry.type !== 'bridge' || entry.manage !== true)) return [];
  if (entry.forwardDelay === undefined) return [];
  const key = 'forwardDelay';
  const found = String(entry.forwardDelay);
  if (entry.stp !== true) {
    const message = 'forwardDelay is set, but STP is not';
    return [{ key, code: 'needs-stp', message, found, expected: 'stp: true beside forwardDelay' }];
  }
  if (entry.forwardDelay >= 2) return [];
  return [
    {
      key,
      code: 'out-of-range',
      message: 'forwardDelay is out of range',
      found,
      expected: '2 to 30 seconds with STP',
    },
  ];
}
