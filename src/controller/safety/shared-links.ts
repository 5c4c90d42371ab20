import { guestOfOwner } from '../../model/mark.ts';
import type { AnyChange, Plan } from '../../model/plan.ts';

/**
 * Whether a plan would change, now, what others share: bridges, what is enslaved to them, Open vSwitch bridges and their
 * uplink ports, addresses, routes, rules and settings of the host. What is one guest's alone can cut nobody else off, and needs no probes.
 */
export function touchesSharedLinks(plan: Pick<Plan, 'changes'>): boolean {
  return plan.changes.some((change) => change.gate.is === 'open' && isShared(change));
}

function isShared(change: AnyChange): boolean {
  switch (change.kind) {
    case 'membership':
    case 'ovs-bridge':
    case 'address':
    case 'route':
    case 'firewall':
    case 'sysctl':
      return true;
    case 'service':
    case 'libvirt-network':
    case 'libvirt-active':
      return false;
    case 'link':
      return [change.before, change.after].some((side) => side?.spec.kind === 'bridge');
    case 'ovs-port':
      return [change.before, change.after].some((side) => side !== null && !isGuests(side));
  }
}

function isGuests(side: NonNullable<Extract<AnyChange, { kind: 'ovs-port' }>['before' | 'after']>): boolean {
  if ('owner' in side) return guestOfOwner(side.owner) !== null;
  return side.mark.is === 'ours' && guestOfOwner(side.mark.owner) !== null;
}
