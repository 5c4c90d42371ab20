import { kindOf } from '../kinds/registry.ts';
import { addressText, SCOPE_LINK } from '../model/addressing.ts';
import { compareNatural } from '../model/order.ts';
import type { AnyChange, Gate, Impact } from '../model/plan.ts';
import type { Held, Id, Kind } from '../model/resource.ts';
import type { LinkSpec, OvsPortSpec, Specs } from '../model/specs.ts';
import { describeFields, ranges } from './plan-fields.ts';
import { impactRank, type Row, settingPlace, touchedGuests } from './plan-rows.ts';

/** `web1 eth0` for what is a guest's; null for what serves the whole network. */
export function whoText({ own }: Row): string | null {
  return own === null ? null : `${own.guest} ${own.iface}`;
}

/** The object, and of an update only what differs: `macvtap web1-eth0 on eth3`, `tap a-eth0: mtu 9000 → 1500`. */
export function whatText({ change, port, alike }: Row): string {
  if (alike.length > 0) return settingsOfLink([change, ...alike]);
  const own = objectText(change);
  const whole = port === null ? own : `${own}${portText(port)}`;
  const fields = describeFields([...change.fields, ...(port?.fields ?? [])]);
  return fields.length === 0 ? whole : `${whole}: ${fields.join(', ')}`;
}

/** `4 settings of virbr-lab: ipv4 forwarding 1, ipv6 accept_ra 0, autoconf 0 …` */
function settingsOfLink(changes: readonly AnyChange[]): string {
  let last = '';
  const settings = changes.map(({ name, action, fields, after }) => {
    const value = after?.kind === 'sysctl' ? after.spec.value : '';
    const words = action === 'create' ? value : describeFields(fields).join(', ');
    const { family, setting } = settingPlace(name) ?? { family: '', setting: name };
    const prefix = family === last ? '' : `${family} `;
    last = family;
    return `${prefix}${setting} ${words}`;
  });
  const link = settingPlace(changes[0]?.name ?? '')?.link ?? '';
  return `${settings.length} settings of ${link}: ${settings.join(', ')}`;
}

function objectText(change: AnyChange): string {
  const object = change.after ?? change.before;
  if (object === null) return `${change.kind} ${change.name}`;
  const settings = change.action === 'create' ? settingsText(object) : '';
  return describe(object) + settings + movedText(change);
}

function describe<K extends Kind>(object: { kind: K; name: string; spec: Specs[K] }): string {
  return kindOf(object.kind).describe(object.name, object.spec);
}

/** The host's own addresses that go with an uplink, or come back with it. */
function movedText({ kind, action, before, after }: AnyChange): string {
  if (kind !== 'membership' || action === 'update') return '';
  const { addresses = [], routes = [] } = (after ?? before)?.spec.addressing ?? {};
  const own = addresses.filter(({ address }) => address.scope !== SCOPE_LINK);
  const moved = action === 'delete' ? own.filter(({ recordedBy }) => recordedBy.length > 0) : own;
  if (moved.length === 0) return '';
  const texts = moved.map(({ address }) => addressText(address));
  if (routes.length > 0) texts.push(routes.length === 1 ? '1 route' : `${routes.length} routes`);
  return action === 'delete' ? `, gives back ${listText(texts, 5)}` : `, takes along ${listText(texts, 5)}`;
}

/** What is worth a word when a thing is made, beyond its kind, name and place. */
function settingsText(object: NonNullable<AnyChange['after'] | AnyChange['before']>): string {
  switch (object.kind) {
    case 'ovs-port':
      return vlanText(object.spec);
    case 'ovs-bridge':
      return object.spec.datapath === 'netdev' ? ', netdev' : '';
    case 'link':
      if (object.spec.kind === 'bridge') {
        const { mtu, stp } = object.spec;
        return `${mtu === null ? '' : `, mtu ${mtu}`}${stp === true ? ', STP' : ''}`;
      }
      return `${object.spec.kind === 'tap' && object.spec.isolated === true ? ', isolated' : ''}${waitText(object.spec)}`;
    case 'sysctl':
      return ` = ${object.spec.value}`;
    case 'firewall':
      return ` (${object.spec.rules.length})`;
    case 'service': {
      const { length } = object.spec.reservations;
      return length === 0 ? '' : ` (${length} reservation${length === 1 ? '' : 's'})`;
    }
    case 'libvirt-network':
      return object.spec.portGroups.length === 0
        ? ''
        : `, port groups ${listText(
            object.spec.portGroups.map(({ name }) => name),
            5,
          )}`;
    case 'membership':
    case 'address':
    case 'route':
    case 'libvirt-active':
      return '';
  }
}

/** A guest device that is down by intent: for a guest that may be started here, or one that has gone. */
function waitText(spec: LinkSpec): string {
  if ((spec.kind !== 'tap' && spec.kind !== 'macvtap') || spec.up) return '';
  return spec.released === undefined ? ', down: stands by' : ', down: its guest has gone';
}

/** The port as an addition to its tap: ` on ovsbr0, VLAN 42`. */
function portText(port: AnyChange): string {
  if (port.kind !== 'ovs-port') return '';
  const spec = (port.after ?? port.before)?.spec;
  return spec === undefined ? '' : ` on ${spec.bridge}${port.action === 'create' ? vlanText(spec) : ''}`;
}

function vlanText({ tag, trunks, vlanMode, protected: isolated }: OvsPortSpec): string {
  const trunk = trunks.length === 0 ? 'all VLANs' : `VLANs ${ranges(trunks)}`;
  const vlan =
    vlanMode === 'trunk' || vlanMode === 'native-untagged'
      ? `, ${trunk}${tag === null ? '' : `, native ${tag}`}`
      : tag === null
        ? ''
        : `, VLAN ${tag}`;
  return `${vlan}${isolated ? ', isolated' : ''}`;
}

export type Tense = 'present' | 'past' | 'conditional';

const VERBS: Record<Exclude<Impact, 'none'>, Record<Tense, string>> = {
  interrupt: { present: 'INTERRUPTS', past: 'INTERRUPTED', conditional: 'would interrupt' },
  rewire: { present: 'REWIRES', past: 'REWIRED', conditional: 'would rewire' },
  recreate: {
    present: 'RECREATES the device of',
    past: 'RECREATED the device of',
    conditional: 'would recreate the device of',
  },
  remove: {
    present: 'REMOVES the device of',
    past: 'REMOVED the device of',
    conditional: 'would remove the device of',
  },
};

/** `REWIRES db1, db2`: in capitals, so that it is plain without colour. Empty for a change that touches nobody. */
export function impactText(row: Row, tense: Tense): string {
  const worst = worstOf(row);
  if (worst.impact === 'none') return '';
  const guests = touchedGuests(worst);
  return guests.length === 0 ? '' : `${VERBS[worst.impact][tense]} ${listNames(guests, 8)}`;
}

/** Of a tap and its port, the one that touches its guest more. */
export function worstOf({ change, port }: Row): AnyChange {
  return port !== null && impactRank(port.impact) > impactRank(change.impact) ? port : change;
}

/** As `listText`, in the order of people. */
export function listNames(names: readonly string[], most: number): string {
  return listText([...names].sort(compareNatural), most);
}

/** `a, b, c and 9 more` */
export function listText(names: readonly string[], most: number): string {
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** Why a change does not go ahead, in the words of a person; empty when it does. */
export function gateText(row: Row, holderName: (pid: number) => string | null): string {
  const { gate } = row.change;
  switch (gate.is) {
    case 'open':
      return '';
    case 'taken':
      return gate.why;
    case 'blocked':
      return blockedText(gate);
    case 'held':
      return [heldBecause(row, gate.why), gate.held === null ? '' : holderText(gate.held, holderName)]
        .filter((words) => words !== '')
        .join('; ');
  }
}

function heldBecause(row: Row, why: Extract<Gate, { is: 'held' }>['why']): string {
  const { action, reason } = row.change;
  if (why === 'guestRuns') {
    if (action === 'replace')
      return reason === 'differs' ? 'needs a new device' : `needs a new device: ${reason}`;
    if (action === 'delete') return reason;
  }
  return impactText(row, 'conditional') || reason;
}

/** Who has a device open: `qemu-system-x86 (pid 4121) has it open`. */
function holderText(held: Held, holderName: (pid: number) => string | null): string {
  switch (held.is) {
    case 'free':
      return '';
    case 'unknown':
      return `cannot tell whether it is in use, so it counts as held (${held.why})`;
    case 'held': {
      if (held.pids.length === 0) return 'it is in use';
      const names = held.pids.map((pid) => {
        const name = holderName(pid);
        return name === null ? `pid ${pid}` : `${name} (pid ${pid})`;
      });
      return `${listText(names, 3)} ${names.length === 1 ? 'has' : 'have'} it open`;
    }
  }
}

/** The planner's words, and the things waited for that they do not name. */
function blockedText({ why, on }: { why: string; on: readonly Id[] }): string {
  const unnamed = on.map((id) => id.slice(id.indexOf(':') + 1)).filter((name) => !why.includes(name));
  return unnamed.length === 0 ? why : `${why} (${listText([...new Set(unnamed)], 3)})`;
}
