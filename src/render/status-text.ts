import { othersText } from '../model/plan.ts';
import type { NetworkStatus, Status } from '../model/status.ts';
import type { Line, Look, Medium } from './line.ts';
import { cutLine, padLine, paintLine, span } from './line.ts';
import { formatAgo, formatMoment, formatRemaining } from './moment.ts';
import { count } from './plan-networks.ts';
import { deviceSection } from './status-devices.ts';
import { moveSection } from './status-moves.ts';
import { runSection } from './status-runs.ts';
import type { StatusSection } from './status-section.ts';
import { moreLine, short } from './status-section.ts';
import { waitingSection } from './status-waiting.ts';

export interface StatusOptions {
  color: boolean;
  unicode: boolean;
  width: number;
  /** Lines of the terminal; Infinity where there is none. Longer lists are folded to about this much. */
  height: number;
  now: number;
}

/** Lines that a list is never folded below, and those that it has where nothing limits it. */
const LIST = { least: 5, most: 20 };

/** The state of a host on one screen: the one thing to look at first, then what it is made of. Ends in a newline. */
export function renderStatusText(status: Status, options: StatusOptions): string {
  const { color, unicode, width, now } = options;
  const medium: Medium = { color, unicode, width };
  const summary = summaryLines(status, now, medium);
  const networks = networkSection(status, medium);
  const rest = options.height - summary.length - networks.lines.length - 12;
  const most = Math.max(LIST.least, Math.min(LIST.most, Math.floor(rest / 3)));
  const sections = [
    waitingSection(status, most, medium),
    problemSection(status, most, medium),
    networks,
    moveSection(status, now, most, medium),
    deviceSection(status, most, medium),
    runSection(status, now, most, medium),
  ];
  const lines: Line[] = [headline(status, medium), [], ...summary];
  for (const section of sections) {
    if (section.lines.length === 0) continue;
    lines.push([], [span(section.heading, medium, section.look)], ...section.lines);
  }
  return `${lines.map((line) => paintLine(line, color)).join('\n')}\n`;
}

/** Never cut: it is what the command is for. */
function headline({ headline: words, healthy, controller }: Status, medium: Medium): Line {
  return [span(words, medium, !healthy ? 'badBold' : controller ? 'good' : 'warnBold')];
}

function summaryLines(status: Status, now: number, medium: Medium): Line[] {
  const { source, rejected, paused } = status;
  const lines: Line[] = [];
  const add = (name: string, text: string, look: Look = 'plain') =>
    lines.push(cutLine([...padLine([span(name, medium, 'dim')], 10), span(text, medium, look)], medium));

  add('Host', `${status.host ?? 'unknown'}${status.pid === null ? '' : `, controller pid ${status.pid}`}`);
  if (source !== null) {
    add('Source', `${source.description}${fetched(source.fetchedAt, now)}`);
    if (source.trouble !== null) add('', source.trouble, 'bad');
  }
  add('Revision', revisions(status));
  if (rejected !== null) {
    const again =
      rejected.retryAt === null
        ? ''
        : `, tried again in ${formatRemaining(Date.parse(rejected.retryAt) - now)}`;
    add('Rejected', `${short(rejected.revision)} ${formatAgo(Date.parse(rejected.at), now)}${again}`, 'bad');
  }
  add('In sync', inSync(status, now), status.inSync ? 'plain' : 'warn');
  for (const { guest, until, reason } of paused.slice(0, 5)) {
    const end = until === null ? 'until resumed' : `for another ${formatRemaining(Date.parse(until) - now)}`;
    add('Paused', `${guest ?? 'the whole host'} ${end}${reason === null ? '' : `: ${reason}`}`, 'warn');
  }
  if (paused.length > 5) add('', `and ${count(paused.length - 5, 'guest')} more`, 'warn');
  return lines;
}

function fetched(at: string | null, now: number): string {
  return at === null ? '' : `, fetched ${formatAgo(Date.parse(at), now)}`;
}

function revisions({ applied, source }: Status): string {
  const seen = source?.seen ?? null;
  if (applied === null && seen === null) return 'none: the files as they are';
  const applies = applied === null ? 'none' : short(applied);
  return seen === null || seen === applied ? `${applies} applied` : `${applies} applied, ${short(seen)} seen`;
}

function inSync({ inSync: yes, inSyncSince: since, runs }: Status, now: number): string {
  if (!yes) return 'no';
  if (since === null) return runs.length === 0 ? 'yes' : 'yes, by the last look';
  const then = Date.parse(since);
  return `since ${formatMoment(then)} (${formatAgo(then, now)})`;
}

function networkSection({ networks }: Status, medium: Medium): StatusSection {
  const longest = (of: (n: (typeof networks)[number]) => string) =>
    networks.reduce((most, network) => Math.max(most, of(network).length), 0);
  const name = longest((network) => network.name);
  const realisation = longest((network) => network.realisation);
  const lines = networks.flatMap((network): Line[] => {
    const pool = network.pool.map((use) => {
      const { device, link, used, capacity } = use;
      const room = capacity === null ? `${used}` : `${used} of ${capacity}`;
      const full = capacity !== null && used >= capacity;
      return {
        text:
          link === null ? `${device} missing` : `${device} ${room}${full ? ' full' : ''}${othersText(use)}`,
        link,
        full,
      };
    });
    const line: Line = [
      ...padLine([span(`  ${network.name}`, medium, 'bold')], name + 4),
      ...padLine([span(network.realisation, medium)], realisation + 2),
      ...padLine([span(count(network.guests, 'guest'), medium)], 12),
      ...pool.flatMap(({ text, link, full }, i) => [
        span(i === 0 ? '' : ', ', medium, 'dim'),
        span(text, medium, link === null ? 'bad' : full ? 'warn' : 'plain'),
      ]),
    ];
    return network.serving === undefined
      ? [cutLine(line, medium)]
      : [cutLine(line, medium), servingLine(network.serving, name + 4, medium)];
  });
  return { heading: 'Networks', look: 'bold', lines };
}

/** `nat, dnsmasq pid 4711, 12 leases`; its addresses stand with the realisation already. */
function servingLine(
  { forward, service, dnsmasq }: NonNullable<NetworkStatus['serving']>,
  indent: number,
  medium: Medium,
): Line {
  const line: Line[number][] = [span(' '.repeat(indent), medium), span(FORWARDS[forward], medium, 'dim')];
  if (service && dnsmasq === undefined) line.push(span(', dnsmasq not looked for', medium, 'dim'));
  else if (dnsmasq?.pid === null) line.push(span(', ', medium, 'dim'), span('dnsmasq dead', medium, 'bad'));
  else if (dnsmasq !== undefined) line.push(span(`, dnsmasq pid ${dnsmasq.pid}`, medium, 'dim'));
  if (dnsmasq !== undefined) line.push(span(`, ${count(dnsmasq.leases, 'lease')}`, medium, 'dim'));
  return cutLine(line, medium);
}

const FORWARDS = {
  nat: 'leaves by NAT',
  route: 'routed',
  isolated: 'isolated',
  open: 'routed, without rules',
} as const;

/** Those of the host and of the documents, but not what the headline, and the changes that wait, say already. */
function problemSection({ rejected, problems }: Status, most: number, medium: Medium): StatusSection {
  const all = [...(rejected?.problems ?? []), ...problems];
  const lines = all.slice(0, most).flatMap(({ severity, message, source, hint }): Line[] => {
    const at = source === null ? '' : `  ${source.file}:${source.line}`;
    const line: Line = [
      span(severity === 'error' ? '  x ' : '  ! ', medium, severity === 'error' ? 'badBold' : 'warnBold'),
      span(message, medium),
      span(at, medium, 'accent'),
    ];
    const advice: Line = [span(`    → ${hint ?? ''}`, medium, 'dim')];
    return hint === undefined ? [line] : [line, advice];
  });
  if (all.length > most) lines.push(moreLine(all.length - most, medium));
  return { heading: 'Problems', look: 'bold', lines };
}
