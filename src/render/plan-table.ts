import type { Action, Result } from '../model/plan.ts';
import { type Cause, causeLines } from './fold.ts';
import type { Line, Look, Medium, Span } from './line.ts';
import { padLine, span, widthOf, wrapLine } from './line.ts';
import type { Row, Section } from './plan-rows.ts';
import { whatText, whoText } from './plan-words.ts';

const SIGNS: Record<Action, { sign: string; look: Look }> = {
  create: { sign: '+', look: 'good' },
  update: { sign: '~', look: 'warn' },
  replace: { sign: '±', look: 'warn' },
  delete: { sign: '-', look: 'bad' },
};

const FLAGS: Record<Section, { flag: string; look: Look }> = {
  failed: { flag: 'x', look: 'badBold' },
  held: { flag: '!', look: 'warnBold' },
  connected: { flag: '!', look: 'warnBold' },
  guard: { flag: '!', look: 'warnBold' },
  contended: { flag: '!', look: 'warnBold' },
  paused: { flag: '!', look: 'warnBold' },
  blocked: { flag: '!', look: 'badBold' },
  skipped: { flag: '!', look: 'warn' },
  touches: { flag: '!', look: 'warnBold' },
  calm: { flag: ' ', look: 'plain' },
};

const RESULTS: Record<Result, { word: string; look: Look }> = {
  done: { word: 'done', look: 'good' },
  failed: { word: 'failed', look: 'badBold' },
  held: { word: 'held', look: 'warn' },
  skipped: { word: 'skipped', look: 'warn' },
  'not-run': { word: 'not run', look: 'warn' },
};

/** Wider texts do not push the next column of all other lines away. */
const WHO_MAX = 28;
const SUBJECT_MAX = 58;
const SUBJECT_MIN = 24;
/** What a narrow terminal keeps free for signs before the subject and a note behind it. */
const ROOM_BESIDE = 26;
/** Below a row, so that it reads as part of it. */
export const INDENT = 8;

/** Where the columns stand, shared by all lines that are to align. */
export interface Columns {
  network: number;
  who: number;
  /** The guest and the object together: what is no guest's starts where the guest would stand. */
  subject: number;
}

export function columnsOf(rows: readonly Row[], withNetwork: boolean, medium: Medium): Columns {
  const who = Math.min(
    WHO_MAX,
    longest(rows, (row) => whoText(row)?.length ?? 0),
  );
  const network = withNetwork ? longest(rows, (row) => row.change.network?.length ?? 0) : 0;
  const subject = longest(rows, (row) => widthOf(subjectOf(row, who, medium)));
  const room = Math.max(SUBJECT_MIN, Math.min(SUBJECT_MAX, medium.width - ROOM_BESIDE - network));
  return { network, who, subject: Math.min(room, subject) };
}

/** One line in a network's list, that goes on below where the terminal ends. */
export function calmLines(row: Row, columns: Columns, medium: Medium): Line[] {
  const note: Span[] = [];
  const { outcome } = row;
  if (outcome !== null) {
    const { word, look } = RESULTS[outcome.result];
    note.push(span(word.padEnd(9), medium, look));
  }
  note.push(span(calmNote(row), medium, 'dim'));
  const start = rowStart(row, columns, medium);
  return wrapLine([...padToNote(start, rowWidth(columns, medium)), ...note], medium, INDENT);
}

/** Why, and that nobody notices. After an apply only what the sign and the fields do not say already. */
function calmNote({ change, outcome }: Row): string {
  const { action, impact, reason } = change;
  const trivial = reason === 'missing' || reason === 'differs';
  const because = outcome === null ? reason : (outcome.message ?? (trivial ? '' : reason));
  if (impact !== 'none' && change.running?.length === 0)
    return [because, 'not in use'].filter(Boolean).join(', ');
  return outcome === null && action !== 'create' && impact === 'none' ? `${because}, no impact` : because;
}

/** Lines of a list that needs attention, never cut: the reason stands beside the object where all fit, else below it. */
export function attentionLines(
  causes: readonly Cause<Row>[],
  noteOf: (row: Row) => string,
  detailsOf: (row: Row) => readonly string[],
  medium: Medium,
): Line[] {
  const rows = causes.flatMap(({ shown }) => shown);
  const columns = columnsOf(rows, true, medium);
  const width = rowWidth(columns, medium);
  const startOf = (row: Row) => rowStart(row, columns, medium);
  // Once each: processes may be asked for their names.
  const notes = new Map(rows.map((row) => [row, noteOf(row)]));
  const beside = rows.every(
    (row) => widthOf(padToNote(startOf(row), width)) + (notes.get(row) ?? '').length <= medium.width,
  );
  return causeLines(causes, {
    own(row) {
      const [start, note] = [startOf(row), notes.get(row) ?? ''];
      const look = FLAGS[row.section].look === 'badBold' ? 'bad' : 'warn';
      return beside && note !== ''
        ? [[...padToNote(start, width), span(note, medium, look)]]
        : [...wrapLine(start, medium, INDENT), ...below(note, look, medium)];
    },
    cureOf: (row) => detailsOf(row).join('\n'),
    cureLines: (details) => details.split('\n').flatMap((text) => below(text, 'dim', medium)),
  });
}

function below(text: string, look: Look, medium: Medium): Line[] {
  return text === ''
    ? []
    : wrapLine([span(' '.repeat(INDENT), medium), span(text, medium, look)], medium, INDENT);
}

/** The sign, the network where columns have one, the guest and the object. */
function rowStart(row: Row, columns: Columns, medium: Medium): Line {
  const { flag, look } = FLAGS[row.section];
  const { sign, look: signLook } = SIGNS[row.change.action];
  const network =
    columns.network === 0 ? [] : [span(`${(row.change.network ?? '').padEnd(columns.network)}  `, medium)];
  return [
    span(` ${flag}`, medium, look),
    ...padLine([span(sign, medium, signLook)], signWidth(medium)),
    span(' ', medium),
    ...network,
    ...subjectOf(row, columns.who, medium),
  ];
}

function subjectOf(row: Row, whoWidth: number, medium: Medium): Line {
  const who = whoText(row);
  const what = span(whatText(row), medium);
  return who === null ? [what] : [span(`${who.padEnd(whoWidth)}  `, medium, 'bold'), what];
}

/** Up to where the note begins. */
function rowWidth(columns: Columns, medium: Medium): number {
  const network = columns.network === 0 ? 0 : columns.network + 2;
  return 3 + signWidth(medium) + network + columns.subject + 2;
}

function signWidth(medium: Medium): number {
  return medium.unicode ? 1 : 2;
}

/** A row that is wider than its column keeps two spaces before its note. */
function padToNote(start: Line, width: number): Line {
  return padLine(start, Math.max(width, widthOf(start) + 2));
}

function longest(rows: readonly Row[], width: (row: Row) => number): number {
  return rows.reduce((most, row) => Math.max(most, width(row)), 0);
}
