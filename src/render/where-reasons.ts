import { compareNatural } from '../model/order.ts';
import { type Reason, type Verdict, weightOf } from '../placement/reason.ts';
import type { Line, Look, Medium } from './line.ts';
import { padLine, span, wrapLine } from './line.ts';

/** Something with a verdict: a host for a guest, or a guest with its host. */
export interface Judged {
  name: string;
  verdict: Verdict;
  reasons: readonly Reason[];
}

/** Those to which the same reasons apply. */
export interface Alike {
  names: string[];
  verdict: Verdict;
  reasons: readonly Reason[];
  /** The messages differ in their numbers; those of the first stand for all. */
  differ: boolean;
}

export const VERDICTS: Readonly<Record<Verdict, { word: string; look: Look }>> = {
  yes: { word: 'Yes', look: 'good' },
  degraded: { word: 'Degraded', look: 'warn' },
  no: { word: 'No', look: 'bad' },
};

/** Folds what has the same reasons: fewest reasons first, then the largest group, then by name. */
export function foldAlike(all: readonly Judged[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const { name, verdict, reasons } of all) {
    const key = [verdict, ...reasons.map(({ code, about }) => `${code} ${about}`)].join('\n');
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { names: [name], verdict, reasons, differ: false });
      continue;
    }
    group.names.push(name);
    group.differ ||= group.reasons.some(({ message }, i) => message !== reasons[i]?.message);
  }
  for (const { names } of groups.values()) names.sort(compareNatural);
  return [...groups.values()].sort(
    (a, b) =>
      a.reasons.length - b.reasons.length ||
      b.names.length - a.names.length ||
      compareNatural(a.names[0] ?? '', b.names[0] ?? ''),
  );
}

const NAMES_INDENT = '  ';
const REASON_INDENT = '      ';
/** Narrower than this, a reason stands below its code. */
const BESIDE_MIN = 36;
/** Columns for its words however narrow the terminal is. */
const WORDS_MIN = 20;
/** Names of a group where no terminal's width says how many fit. */
const NAMES_MOST = 8;

/** `h2, h4, h6 and 812 more`, on one line. */
export function namesLine(names: readonly string[], medium: Medium): Line {
  let shown = 0;
  let length = NAMES_INDENT.length;
  for (const name of names.slice(0, NAMES_MOST + 1)) {
    const more = names.length - shown - 1;
    const tail = more === 0 ? 0 : ` and ${more} more`.length;
    const next = length + name.length + (shown === 0 ? 0 : 2);
    if (shown > 0 && next + tail > medium.width) break;
    length = next;
    shown += 1;
  }
  if (names.length > NAMES_MOST + 1) shown = Math.min(shown, NAMES_MOST);
  const rest = names.length - shown;
  return [
    span(NAMES_INDENT + names.slice(0, shown).join(', '), medium, 'bold'),
    ...(rest === 0 ? [] : [span(` and ${rest} more`, medium)]),
  ];
}

/** Each reason with its code, sentences beside or below. `codes` is how wide the widest code of the page is. */
export function reasonLines({ reasons, names, differ }: Alike, codes: number, medium: Medium): Line[] {
  const start = REASON_INDENT.length + codes + 2;
  const beside = medium.width - start >= BESIDE_MIN;
  const indent = beside ? start : REASON_INDENT.length + 2;
  const room = { ...medium, width: Math.max(indent + WORDS_MIN, medium.width) };
  return reasons.flatMap((one) => {
    const text =
      differ && names.length > 1 ? `${one.message} (so on ${names[0]}; alike on the others)` : one.message;
    const code = padLine([span(REASON_INDENT + one.code, medium, LOOKS[weightOf(one)])], beside ? start : 0);
    const words = span(text, medium);
    return beside
      ? wrapLine([...code, words], room, indent)
      : [code, ...wrapLine([...padLine([], indent), words], room, indent)];
  });
}

const LOOKS: Readonly<Record<ReturnType<typeof weightOf>, Look>> = {
  blocks: 'bad',
  island: 'warn',
  degrades: 'warn',
  note: 'dim',
};

export function widestCode(all: readonly { reasons: readonly Reason[] }[]): number {
  return Math.max(0, ...all.flatMap(({ reasons }) => reasons.map(({ code }) => code.length)));
}
