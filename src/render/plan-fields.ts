import type { FieldDiff } from '../model/plan.ts';
import { describeLists, isListField } from './list-fields.ts';

/** Fields whose names in the spec are no words for a reader, and the units of their numbers. */
const LABELS: Record<string, { label: string; unit?: string }> = {
  altname: { label: 'altname' },
  ageingTime: { label: 'ageing time', unit: ' s' },
  bound: { label: 'bound to its link' },
  carried: { label: 'carried by ovs-vswitchd' },
  forwardDelay: { label: 'forward delay', unit: ' s' },
  group: { label: 'interface group' },
  kind: { label: 'type' },
  mark: { label: 'owner mark' },
  master: { label: 'bridge' },
  multiQueue: { label: 'multi-queue' },
  multicastSnooping: { label: 'multicast snooping' },
  openvswitch: { label: 'Open vSwitch' },
  other: { label: 'not ours' },
  owner: { label: 'device owner' },
  portGroups: { label: 'port groups' },
  protected: { label: 'protected' },
  linkLocal: { label: 'link-local address' },
  released: { label: 'its guest' },
  recordedBy: { label: 'recorded by' },
  running: { label: 'process' },
  tag: { label: 'VLAN' },
  trunks: { label: 'trunk' },
  up: { label: 'link' },
  // Of a setting, whose name stands before it.
  value: { label: '' },
  vlanMode: { label: 'VLAN mode' },
};

/** Booleans that a reader knows by other words than on and off. */
const SWITCHES: Record<string, readonly [off: string, on: string]> = {
  up: ['down', 'up'],
  bound: ['no', 'yes'],
  carried: ['no', 'yes'],
  running: ['dead', 'running'],
};

/** Whether a device's guest has gone to another host, and whether git has said so. */
const RELEASED: Record<string, string> = { no: 'here', yes: 'gone', moving: 'gone, as git has it moving' };

/** The differing fields in a few words each: `mtu 9000 → 1500`. */
export function describeFields(fields: readonly FieldDiff[]): string[] {
  const lists = fields.filter(isListField);
  if (lists.length === 0) return fields.flatMap(describeField);
  const others = fields.filter((field) => !lists.includes(field));
  return [...others.flatMap(describeField), ...describeLists(lists)];
}

function describeField({ field, before, after }: FieldDiff): string[] {
  if (field !== 'owner' && (isRecord(before) || isRecord(after))) return describeKeys(before, after);
  const { label, unit } = LABELS[field] ?? { label: field };
  const change = `${valueText(field, before, unit)} → ${valueText(field, after, unit)}`;
  return [label === '' ? change : `${label} ${change}`];
}

/** A record (`external_ids`) by its keys, those only that differ. */
function describeKeys(before: unknown, after: unknown): string[] {
  const a = isRecord(before) ? before : {};
  const b = isRecord(after) ? after : {};
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => valueText(key, a[key]) !== valueText(key, b[key]))
    .map((key) => `${key} ${valueText(key, a[key])} → ${valueText(key, b[key])}`);
}

function valueText(field: string, value: unknown, unit = ''): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (typeof value === 'boolean') return (SWITCHES[field] ?? ['off', 'on'])[value ? 1 : 0];
  if (typeof value === 'number') return `${value}${unit}`;
  if (typeof value === 'string') return field === 'released' ? (RELEASED[value] ?? value) : value;
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none';
    return value.every((v) => typeof v === 'number') ? ranges(value) : value.map(String).join(',');
  }
  if (field === 'owner' && isRecord(value)) return `${valueOr(value.uid)}:${valueOr(value.gid)}`;
  return JSON.stringify(value);
}

/** An owner's number as `ls -n` shows it; `-` where none is stated. */
function valueOr(value: unknown): string {
  return value === null || value === undefined ? '-' : String(value);
}

/** Numbers with runs drawn together: `10-20,30`. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  const sorted = [...numbers].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length; i++) {
    const first = sorted[i];
    let last = first;
    while (last !== undefined && sorted[i + 1] === last + 1) last = sorted[++i];
    parts.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return parts.join(',');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
