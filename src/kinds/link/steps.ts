import { IPV6_MIN_MTU } from '../../model/ip.ts';
import { linkAlias, releasedGroup } from '../../model/mark.ts';
import type { Change, FieldDiff } from '../../model/plan.ts';
import type { Observed } from '../../model/resource.ts';
import type { LinkSpec, Released } from '../../model/specs.ts';
import type { StepContext } from '../kind.ts';

/** What the steps of an update in place are made from, alike for every type of link. */
export interface LinkStepInput {
  before: Observed<'link'>;
  /** Names of the fields that differ. */
  changed: ReadonlySet<string>;
  /** The part of `link set dev …` that every link has: its mark, and the way out of a stray group. */
  common: string;
  context: StepContext;
  altnameLines(wanted: string | null): string[];
}

/**
 * Guest devices and bridges need no IPv6 address of the host's: words of `link set`. None where there is no IPv6, in the
 * kernel or on a link with so small an MTU: the kernel refuses the whole call for them (validate_linkmsg,
 * net/core/rtnetlink.c).
 */
export function noHostIpv6(mtu: number | null, { ipv6 }: StepContext): string {
  return !ipv6 || (mtu !== null && mtu < IPV6_MIN_MTU) ? '' : ' addrgenmode none';
}

/**
 * The same as a line of its own, before the one that says `up`: in one call the kernel sets the link up first, and one
 * that has a carrier gets an address by that (do_setlink, net/core/rtnetlink.c).
 */
export function noHostIpv6First(link: string, mtu: number | null, context: StepContext): string[] {
  const words = noHostIpv6(mtu, context);
  return words === '' ? [] : [`link set dev ${link}${words}`];
}

export function linkStepInput(
  change: Change<'link'>,
  before: Observed<'link'>,
  owner: string,
  context: StepContext,
): LinkStepInput {
  const changed = new Set(change.fields.map((f) => f.field));
  let common = '';
  if (changed.has('mark')) common += ` alias ${linkAlias(owner)}`;
  if (changed.has('released')) common += ` group ${groupOf(change.after?.spec)}`;
  else if (changed.has('group')) common += ' group 0';
  return {
    before,
    changed,
    common,
    context,
    altnameLines: (wanted) =>
      changed.has('altname') && wanted !== null
        ? [`link property add dev ${before.handle} altname ${wanted}`]
        : [],
  };
}

/** Adds to `fields` whether its guest has gone, which is always stated. */
export function compareReleased(
  before: { released?: Released },
  after: { released?: Released },
  fields: FieldDiff[],
): void {
  if (before.released === after.released) return;
  fields.push({ field: 'released', before: before.released ?? 'no', after: after.released ?? 'no' });
}

/** The interface group of a link that stands finished. */
export function groupOf(spec: LinkSpec | undefined): number {
  return releasedGroup(spec !== undefined && 'released' in spec ? spec.released : null);
}
