import type { Evacuation, Evacuee } from '../placement/evacuate.ts';
import type { Verdict } from '../placement/reason.ts';
import type { Line, Medium } from './line.ts';
import { padLine, span, wrapLine } from './line.ts';
import { count } from './plan-networks.ts';
import { listText } from './plan-words.ts';
import { type ReasonJson, reasonsJson } from './where-json.ts';
import { foldAlike, namesLine, reasonLines, VERDICTS, widestCode } from './where-reasons.ts';
import { textOf } from './where-text.ts';

/** What `where --all -o json` prints. */
export interface EvacuationJson {
  version: 1;
  host: string;
  guests: { guest: string; to: string | null; verdict: Verdict; reasons: ReasonJson[] }[];
}

export function evacuationJson({ host, guests }: Evacuation): EvacuationJson {
  return {
    version: 1,
    host,
    guests: guests.map(({ guest, to, verdict, reasons }) => ({
      guest,
      to,
      verdict,
      reasons: reasonsJson(reasons),
    })),
  };
}

/** Where the guests of a host could go, for people: those with a host first, then what is in the way of the rest. */
export function renderEvacuation({ host, guests, incoming }: Evacuation, medium: Medium): string {
  const placed = guests.filter(({ to }) => to !== null);
  const left = guests.filter(({ to }) => to === null);
  const head = headline(host, placed.length, left.length);
  const lines: Line[] = wrapLine([span(head, medium, 'bold')], medium, 0);
  if (placed.length > 0) lines.push([], ...placedLines(placed, medium));
  const groups = foldAlike([
    ...placed.flatMap(({ guest, ...rest }) => (rest.reasons.length === 0 ? [] : [{ name: guest, ...rest }])),
    ...left.map(({ guest, ...rest }) => ({ name: guest, ...rest })),
  ]);
  const codes = widestCode(groups);
  for (const verdict of ['yes', 'degraded', 'no'] as const) {
    const own = groups.filter((group) => group.verdict === verdict);
    if (own.length === 0) continue;
    const { look } = VERDICTS[verdict];
    lines.push([], [span(HEADINGS[verdict], medium, look)]);
    for (const group of own) lines.push(namesLine(group.names, medium), ...reasonLines(group, codes, medium));
  }
  if (incoming.length > 0) {
    const words = `On the way to ${host}, and to be stopped first: ${listText(incoming, 5)}`;
    lines.push([], ...wrapLine([span(words, medium, 'warn')], medium, 0));
  }
  return textOf(lines, medium);
}

const HEADINGS: Readonly<Record<Verdict, string>> = {
  yes: 'To be known',
  degraded: 'With losses',
  no: 'No host for',
};

function headline(host: string, placed: number, left: number): string {
  if (placed + left === 0) return `${host} has no guest.`;
  if (left === 0)
    return `There is a host for ${placed === 1 ? 'the one guest' : `each of the ${placed} guests`} of ${host}.`;
  return `There is a host for ${placed} of the ${count(placed + left, 'guest')} of ${host}, and none for ${left}.`;
}

/** `web1  →  kvm-b  degraded` */
function placedLines(placed: readonly Evacuee[], medium: Medium): Line[] {
  const width = Math.max(...placed.map(({ guest }) => guest.length));
  const goals = Math.max(...placed.map(({ to }) => to?.length ?? 0));
  return placed.map(({ guest, to, verdict }) => [
    ...padLine([span(`  ${guest}`, medium)], width + 2),
    span(' → ', medium, 'dim'),
    ...padLine([span(to ?? '', medium, 'bold')], goals),
    span(verdict === 'yes' ? '' : `  ${verdict}`, medium, VERDICTS[verdict].look),
  ]);
}
