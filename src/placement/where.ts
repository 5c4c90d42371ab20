import type { ResolvedGuest } from '../desired/fleet.ts';
import { compareNatural } from '../model/order.ts';
import { judge } from './judge.ts';
import { type Reason, reason, type Verdict, verdictOf } from './reason.ts';
import { type PlacementView, unreadHosts } from './view.ts';

/** What documents say of a guest on one host. */
export interface HostVerdict {
  host: string;
  verdict: Verdict;
  reasons: readonly Reason[];
}

/** Each host of the fleet, in the order of names for people, those whose documents cannot be read among them. */
export function whereCanBe(view: PlacementView, guest: ResolvedGuest, allowIslands: boolean): HostVerdict[] {
  const hosts = [...view.hosts.keys(), ...unreadHosts(view)].sort(compareNatural);
  return hosts.map((host) => canBeOn(view, guest, host, allowIslands));
}

/** The same for one host, which the fleet knows, if only as a broken document. */
export function canBeOn(
  view: PlacementView,
  guest: ResolvedGuest,
  name: string,
  allowIslands: boolean,
): HostVerdict {
  const host = view.hosts.get(name);
  const reasons =
    host === undefined
      ? [reason('host-broken', '', 'its document has errors, so nobody can tell what it realises')]
      : judge(view, guest, host);
  return { host: name, verdict: verdictOf(reasons, allowIslands), reasons };
}
