import { HOST_FIREWALL } from '../kinds/firewall.ts';
import type { NetworkSummary, Plan, PoolUse } from '../model/plan.ts';
import { othersText } from '../model/plan.ts';
import { moreLine, shownOf } from './fold.ts';
import type { Line, Medium, Span } from './line.ts';
import { padLine, span, wrapLine } from './line.ts';
import { type Row, settingPlace } from './plan-rows.ts';
import { calmLines, columnsOf } from './plan-table.ts';

/** So many equal lines of a network are shown, when there are not too many networks. */
const FOLD_AFTER = 40;
/** So many lines in all are shown before every list gets shorter. */
const LINES_WANTED = 200;
/** Networks without a change: their one line each. */
const UNCHANGED_SHOWN = 20;
const POOL_SHOWN = 8;
/** So that a network with one gateway has its guests in line with the others' on 80 columns. */
const REALISATION_WIDTH = 44;
/** Of what a narrow terminal has of a heading below its first line: deeper than the rows' signs. */
const HEADING_INDENT = 6;

/** A network's rows that need no attention; `summary` is null for what belongs to none of this host's networks. */
interface Group {
  name: string;
  summary: NetworkSummary | null;
  rows: Row[];
}

/** The networks one after the other, each with its pool, its changes and what stays as it is. */
export function networkLines(plan: Plan, rows: readonly Row[], medium: Medium): Line[] {
  const groups = groupRows(plan, rows);
  const unchanged = groups.filter((group) => group.rows.length === 0);
  const changed = foldGroups(groups.filter((group) => group.rows.length > 0));
  // Only what is shown decides about the columns, and costs time.
  const shown = changed.flatMap(({ items }) => items.filter(isRow));
  const columns = columnsOf(shown, false, medium);
  const name = Math.min(24, Math.max(0, ...plan.networks.map((n) => n.name.length)));
  const realisation = Math.min(
    REALISATION_WIDTH,
    Math.max(0, ...plan.networks.map((n) => n.realisation.length)),
  );
  const counts = countChanges(rows);
  const heading = (group: Group) => headingLines(group, { name, realisation }, counts, medium);

  const lines: Line[] = [];
  for (const { group, items } of changed) {
    lines.push([], ...heading(group));
    for (const item of items) {
      lines.push(...(isRow(item) ? calmLines(item, columns, medium) : [moreLine(item.more, medium)]));
    }
  }
  if (unchanged.length > 0) lines.push([]);
  for (const group of unchanged.slice(0, UNCHANGED_SHOWN)) lines.push(...heading(group));
  const rest = unchanged.length - UNCHANGED_SHOWN;
  if (rest > 0) lines.push([span(`… and ${count(rest, 'more network')} unchanged`, medium, 'dim')]);
  return lines;
}

function groupRows(plan: Plan, rows: readonly Row[]): Group[] {
  const groups = new Map<string, Group>();
  for (const summary of plan.networks) groups.set(summary.name, { name: summary.name, summary, rows: [] });
  const host: Group = { name: 'This host', summary: null, rows: [] };
  const left: Group = { name: 'No longer wanted', summary: null, rows: [] };
  const links = new Set(plan.networks.flatMap(({ serving }) => serving?.link ?? []));
  for (const row of rows) {
    if (row.section !== 'calm') continue;
    if (isOfHost(row, links)) {
      host.rows.push(row);
      continue;
    }
    const { network } = row.change;
    let group = network === null ? left : groups.get(network);
    if (group === undefined) {
      group = { name: network ?? '', summary: null, rows: [] };
      groups.set(group.name, group);
    }
    group.rows.push(row);
  }
  return [...groups.values(), ...[host, left].filter((group) => group.rows.length > 0)];
}

/** What networks that this host serves have in common: rules for every packet, and settings of others' links. */
function isOfHost({ change: { kind, name, after } }: Row, served: ReadonlySet<string>): boolean {
  if (kind === 'firewall') return name === HOST_FIREWALL && after !== null;
  if (kind !== 'sysctl') return false;
  const link = settingPlace(name)?.link;
  return link === undefined || !served.has(link);
}

function headingLines(
  group: Group,
  widths: { name: number; realisation: number },
  counts: ReadonlyMap<string, NetworkCounts>,
  medium: Medium,
): Line[] {
  const { summary } = group;
  if (summary === null) return [[span(group.name, medium, 'bold')]];
  const pool = summary.pool.length === 0 ? [] : [...poolSpans(summary.pool, medium), span('   ', medium)];
  return wrapLine(
    [
      ...padLine([span(summary.name, medium, 'bold')], widths.name),
      ...padLine([span(`  ${summary.realisation}  `, medium)], widths.realisation + 4),
      span(' ', medium),
      ...pool,
      span(unchangedText(summary, counts.get(summary.name)), medium, 'dim'),
    ],
    medium,
    HEADING_INDENT,
  );
}

function poolSpans(pool: readonly PoolUse[], medium: Medium): Span[] {
  const spans: Span[] = [span('pool ', medium, 'dim')];
  for (const [i, use] of pool.slice(0, POOL_SHOWN).entries()) {
    if (i > 0) spans.push(span(', ', medium, 'dim'));
    const name = use.link === null || use.link === use.device ? use.device : `${use.device} (${use.link})`;
    if (use.link === null) spans.push(span(`${name} missing`, medium, 'bad'));
    else {
      const full = use.capacity !== null && use.used >= use.capacity;
      const room = use.capacity === null ? `${use.used}` : `${use.used}/${use.capacity}`;
      spans.push(
        span(`${name} ${room}${full ? ' full' : ''}${othersText(use)}`, medium, full ? 'warn' : 'plain'),
      );
    }
  }
  const rest = pool.length - POOL_SHOWN;
  if (rest > 0) spans.push(span(` and ${count(rest, 'more device')}`, medium, 'dim'));
  return spans;
}

interface NetworkCounts {
  /** Rows that stand among what needs attention. */
  above: number;
  /** Guests with a change. */
  changing: Set<string>;
}

function countChanges(rows: readonly Row[]): Map<string, NetworkCounts> {
  const counts = new Map<string, NetworkCounts>();
  const of = (network: string) => {
    const found = counts.get(network) ?? { above: 0, changing: new Set<string>() };
    counts.set(network, found);
    return found;
  };
  for (const { change, section, own } of rows) {
    if (change.network === null) continue;
    const found = of(change.network);
    if (section !== 'calm') found.above++;
    if (own !== null && change.after !== null) found.changing.add(own.guest);
  }
  return counts;
}

/** `3 above, 12 guests unchanged`: what the list below a heading does not show. */
function unchangedText({ guests, undecided }: NetworkSummary, counts: NetworkCounts | undefined): string {
  const above = counts?.above ?? 0;
  const rest = Math.max(0, guests - undecided - (counts?.changing.size ?? 0));
  const parts = above > 0 ? [`${above} above`] : [];
  if (undecided > 0)
    parts.push(`${count(undecided, 'guest')} left as ${undecided === 1 ? 'it is' : 'they are'}`);
  if (rest > 0) parts.push(`${count(rest, 'guest')} unchanged`);
  else if (guests === 0) parts.push('no guests');
  return parts.join(', ');
}

/** A row, or how many more there are that are like those before. */
type Item = Row | { more: number };

function isRow(item: Item): item is Row {
  return !('more' in item);
}

/**
 * Of rows that are alike the first few. The more such runs there are the less is shown of each, but for a network or
 * two all that a person would read.
 */
function foldGroups(groups: readonly Group[]): { group: Group; items: Item[] }[] {
  const keyed = groups.map((group) => ({
    group,
    rows: group.rows.map((row) => ({ row, key: likeness(row) })),
  }));
  const totals = keyed.map(({ rows }) => {
    const total = new Map<string, number>();
    for (const { key } of rows) total.set(key, (total.get(key) ?? 0) + 1);
    return total;
  });
  const lines = keyed.reduce((sum, { rows }) => sum + rows.length, 0);
  const runs = totals.reduce((sum, total) => sum + total.size, 0);
  const most =
    lines <= LINES_WANTED ? FOLD_AFTER : Math.min(FOLD_AFTER, Math.max(2, Math.floor(LINES_WANTED / runs)));
  return keyed.map(({ group, rows }, i) => ({ group, items: foldRuns(rows, totals[i] ?? new Map(), most) }));
}

function foldRuns(
  rows: readonly { row: Row; key: string }[],
  totals: ReadonlyMap<string, number>,
  most: number,
): Item[] {
  const seen = new Map<string, number>();
  const items: Item[] = [];
  for (const { row, key } of rows) {
    const total = totals.get(key) ?? 0;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    const shown = shownOf(total, most);
    if (nth <= shown) items.push(row);
    else if (nth === shown + 1) items.push({ more: total - shown });
  }
  return items;
}

/** Rows that differ in names and places only are alike. */
export function likeness({ change, port, outcome }: Row): string {
  const spec = (change.after ?? change.before)?.spec;
  const type = spec !== undefined && 'kind' in spec ? spec.kind : change.kind;
  let key = [change.action, type, port !== null, change.reason, outcome?.result].join(' ');
  for (const { field } of change.fields) key += ` ${field}`;
  for (const { field } of port?.fields ?? []) key += ` ${field}`;
  return key;
}

/** `1 guest`, `2 guests` */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
