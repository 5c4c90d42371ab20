import { tapMac } from '../../model/identity.ts';
import { guestOfOwner } from '../../model/mark.ts';
import type { Impact } from '../../model/plan.ts';
import type { Claim, Id, Observed } from '../../model/resource.ts';
import type { LinkSpec } from '../../model/specs.ts';
import type { ChangeSteps, DraftStep, KindModule } from '../kind.ts';
import { bridgeEffect, compareBridge, createBridge, updateBridge } from './bridge.ts';
import {
  compareInternal,
  createInternal,
  internalEffect,
  releaseInternal,
  updateInternal,
} from './internal.ts';
import { compareMacvlan, createMacvlan, macvlanEffect, updateMacvlan } from './macvlan.ts';
import { compareMacvtap, createMacvtap, macvtapEffect, updateMacvtap } from './macvtap.ts';
import { deviceClaim, internalClaim, macClaim, nameClaim, observeLinks } from './observe.ts';
import { simulateLink } from './simulate.ts';
import { linkStepInput } from './steps.ts';
import { compareTap, createTap, tapEffect, updateTap } from './tap.ts';

/** A link of the kernel: bridge, macvtap, tap … One name space, so one kind: `web1-eth0` can change its type. */
export const linkKind: KindModule<'link'> = {
  kind: 'link',
  cosmetic: ['mac', 'altname', 'released'],

  observe: observeLinks,

  compare(before, after) {
    if (before.kind === 'bridge' && after.kind === 'bridge') return compareBridge(before, after);
    if (before.kind === 'macvtap' && after.kind === 'macvtap') return compareMacvtap(before, after);
    if (before.kind === 'tap' && after.kind === 'tap') return compareTap(before, after);
    if (before.kind === 'macvlan' && after.kind === 'macvlan') return compareMacvlan(before, after);
    if (before.kind === 'internal' && after.kind === 'internal') return compareInternal(before, after);
    return [{ field: 'kind', before: kindWord(before), after: kindWord(after) }];
  },

  effect(fields, before, after) {
    // Another guest's device, or another type of link: nothing of the old one may live on in the new.
    const guestDevice = isGuestDevice(before) || after.kind === 'tap' || after.kind === 'macvtap';
    const anotherGuest = fields.some((f) => f.field === 'mark' && guestOf(f.before) !== guestOf(f.after));
    const own = fields.filter((f) => f.field !== 'mark' && f.field !== 'group');
    if (anotherGuest || own.some((f) => f.field === 'kind'))
      return { action: 'replace', impact: guestDevice ? 'recreate' : 'interrupt' };
    if (before.spec.kind === 'macvtap' && after.kind === 'macvtap')
      return macvtapEffect(own, before.spec, after);
    if (before.spec.kind === 'tap' && after.kind === 'tap') return tapEffect(own, before.spec, after);
    if (after.kind === 'macvlan') return macvlanEffect(own);
    if (after.kind === 'internal') return internalEffect(own);
    return bridgeEffect(own);
  },

  removal(before): Impact {
    if (mayBeGuestDevice(before)) return 'remove';
    return before.mark.is === 'unfinished' ? 'none' : 'interrupt';
  },

  claims(name, spec): Claim[] {
    const claims = ownClaims(name, spec);
    if ((spec.kind === 'tap' || spec.kind === 'macvtap') && spec.altname !== null)
      claims.push(nameClaim(spec.altname));
    return claims;
  },

  without(before, gone: Id) {
    const { spec } = before;
    if (spec.kind === 'tap' && gone === `link:${spec.master}`)
      return { ...spec, master: null, isolated: null };
    return spec.kind === 'macvtap' || spec.kind === 'macvlan' || spec.kind === 'internal' ? null : spec;
  },
  voided: (before) => (isGuestDevice(before) ? 'recreate' : 'interrupt'),

  describe(name, spec) {
    switch (spec.kind) {
      case 'bridge':
        return `bridge ${name}`;
      case 'macvtap':
        return `macvtap ${name} on ${spec.parent}`;
      case 'macvlan':
        return `macvlan ${name} on ${spec.parent}`;
      case 'internal':
        return `internal port ${name}`;
      case 'tap':
        return spec.master === null ? `tap ${name}` : `tap ${name} on ${spec.master}`;
      case 'other':
        return `${spec.type} link ${name}`;
    }
  },

  simulate: simulateLink,

  steps(change, context): ChangeSteps {
    const { before, after } = change;
    const unmake = before !== null && change.action !== 'update' ? removeLink(before) : [];
    if (after === null) return { unmake, make: [] };
    const { name, spec, owner } = after;
    if (change.action === 'update' && before !== null) {
      if (context.inRing.has(change.id)) unmake.push(...giveUp(before, spec));
      return { unmake, make: updateLink(name, spec, linkStepInput(change, before, owner, context)) };
    }
    switch (spec.kind) {
      case 'bridge':
        return { unmake, make: createBridge(name, spec, owner, context) };
      case 'macvtap':
        return { unmake, make: createMacvtap(name, spec, owner, context) };
      case 'tap':
        return { unmake, make: createTap(name, spec, owner, context) };
      case 'macvlan':
        return { unmake, make: createMacvlan(name, spec, owner, context) };
      case 'internal':
        return { unmake, make: createInternal(name, spec) };
      case 'other':
        return { unmake, make: [] };
    }
  },
};

function ownClaims(name: string, spec: LinkSpec): Claim[] {
  const own = spec.kind === 'internal' ? internalClaim(name) : nameClaim(name);
  switch (spec.kind) {
    case 'macvtap':
    case 'macvlan':
      return spec.mode === 'passthru'
        ? [own, deviceClaim(spec.parent, null)]
        : [own, deviceClaim(spec.parent, 'macvlan'), macClaim(spec.parent, spec.mac)];
    case 'tap':
      return spec.master === null ? [own] : [own, deviceClaim(name, null)];
    default:
      return [own];
  }
}

function removeLink({ spec, incarnation }: Observed<'link'>): DraftStep[] {
  return spec.kind === 'internal'
    ? releaseInternal()
    : [{ word: 'delete', tool: 'ip-delete', index: Number(incarnation) }];
}

/** What others of its ring wait for: its bridge, or its address, for one of no guest, that of a tap's host side. */
function giveUp({ handle, spec: now }: Observed<'link'>, spec: LinkSpec): DraftStep[] {
  const lines: string[] = [];
  if (spec.kind === 'macvtap') lines.push(`link set dev ${handle} address ${tapMac(spec.mac)}`);
  if (spec.kind === 'tap' && now.kind === 'tap' && now.master !== null && now.master !== spec.master)
    lines.push(`link set dev ${handle} nomaster`);
  return lines.length === 0 ? [] : [{ word: 'give-up', tool: 'ip', lines }];
}

function updateLink(name: string, spec: LinkSpec, input: ReturnType<typeof linkStepInput>): DraftStep[] {
  switch (spec.kind) {
    case 'bridge':
      return updateBridge(name, spec, input);
    case 'macvtap':
      return updateMacvtap(name, spec, input);
    case 'tap':
      return updateTap(spec, input);
    case 'macvlan':
      return updateMacvlan(spec, input);
    case 'internal':
      return updateInternal(name, spec, input);
    case 'other':
      return [];
  }
}

/** Whether it is a device of ours that a guest plugs into. */
export function isGuestDevice(link: Observed<'link'>): boolean {
  return link.mark.is === 'ours' && guestOfOwner(link.mark.owner) !== null;
}

/** Whether a guest may have it open: a leftover no longer says whose it was to be, or never did. */
export function mayBeGuestDevice(link: Observed<'link'>): boolean {
  const { mark, spec } = link;
  if (mark.is !== 'ours' && mark.is !== 'unfinished') return false;
  return isGuestDevice(link) || spec.kind === 'macvtap' || spec.kind === 'tap';
}

/** The guest that an owner names; null for what is no guest's, such as the owner of a bridge. */
function guestOf(owner: unknown): string | null {
  return typeof owner === 'string' ? (guestOfOwner(owner)?.guest ?? null) : null;
}

function kindWord(spec: LinkSpec): string {
  return spec.kind === 'other' ? spec.type : spec.kind;
}
