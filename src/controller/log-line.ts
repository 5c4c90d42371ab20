import { styleText } from 'node:util';
import { formatMoment } from '../render/moment.ts';
import { printable } from '../render/printable.ts';
import { isObject, numberAt, parseObject, textAt } from '../tools/json.ts';

/** Least to most urgent, as pino names them. */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LEVELS)[number];

type Look = 'dim' | 'green' | 'yellow' | 'red' | 'cyan';
const LOOKS: Readonly<Record<string, Look>> = {
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
};
/** What has a place of its own in a line. */
const SHOWN = new Set(['level', 'time', 'msg', 'file', 'line', 'column', 'err']);

/** A line of JSON as a person reads it: `11:00:03 warn  guests/web1.yaml:9 no such network  code=unknown-network`. */
export function readableLine(line: string, color: boolean): string {
  const json = parseObject(line);
  if (json === null) return `${printable(line.trimEnd())}\n`;
  const paint = (look: Look, text: string) =>
    color ? styleText(look, text, { validateStream: false }) : text;

  const level = textAt(json, 'level') ?? 'info';
  const time = Date.parse(textAt(json, 'time') ?? '');
  const words = [
    paint('dim', Number.isNaN(time) ? '--:--:--' : formatMoment(time).slice(-8)),
    paint(LOOKS[level] ?? 'dim', printable(level).padEnd(5)),
  ];
  const file = textAt(json, 'file');
  if (file !== null) words.push(paint('cyan', printable(`${file}:${numberAt(json, 'line') ?? 1}`)));
  words.push(printable(textAt(json, 'msg') ?? ''));
  const rest = Object.entries(json).flatMap(([key, value]) => (SHOWN.has(key) ? [] : [field(key, value)]));
  if (rest.length > 0) words.push(` ${paint('dim', rest.join(' '))}`);
  return `${words.join(' ')}\n${stackOf(json.err)}`;
}

function field(key: string, value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return printable(`${key}=${/\s|^$/.test(text) ? JSON.stringify(text) : text}`);
}

/** An error that was logged is one that nobody expected: where it came from is what is wanted of it. */
function stackOf(error: unknown): string {
  if (!isObject(error)) return '';
  const text = textAt(error, 'stack') ?? textAt(error, 'message') ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `    ${printable(line.trim())}\n`)
    .join('');
}
