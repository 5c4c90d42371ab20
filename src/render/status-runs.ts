import type { Summary } from '../model/plan.ts';
import type { Status, Trigger } from '../model/status.ts';
import type { Line, Look, Medium } from './line.ts';
import { cutLine, span } from './line.ts';
import { formatAgo, formatDuration } from './moment.ts';
import type { StatusSection } from './status-section.ts';
import { alignColumns, short } from './status-section.ts';

const TRIGGERS: Record<Trigger, string> = {
  start: 'start',
  desired: 'new documents',
  links: 'links changed',
  ovs: 'Open vSwitch changed',
  rules: 'firewall rules changed',
  routes: 'routes or forwarding changed',
  services: 'a dnsmasq ended',
  released: 'a device was let go',
  opened: 'a standby device was opened',
  timer: 'timer',
  signal: 'SIGHUP',
  request: 'asked for',
  retry: 'tried again',
  apply: 'by hand',
  teardown: 'teardown',
  unconfirmed: 'not confirmed',
};

/** How a run ended, by the status that an apply would have exited with. */
export const RUN_RESULTS: Record<0 | 1 | 2, { words: string; look: Look }> = {
  0: { words: 'converged', look: 'good' },
  1: { words: 'not converged', look: 'bad' },
  2: { words: 'held', look: 'warn' },
};

/** The last runs that changed something, newest first. */
export function runSection({ runs }: Status, now: number, most: number, medium: Medium): StatusSection {
  const rows = runs.slice(0, most).map((run): Line[] => {
    const { words, look } = RUN_RESULTS[run.status];
    return [
      [span(`  ${formatAgo(Date.parse(run.at), now)}`, medium)],
      [span(short(run.revision), medium)],
      [span(words, medium, look)],
      [span(formatDuration(run.duration), medium)],
      [span(summaryWords(run.summary), medium)],
      [span(triggerWords(run.triggers), medium, 'dim')],
    ];
  });
  return {
    heading: 'Last runs with changes',
    look: 'bold',
    lines: alignColumns(rows).map((line) => cutLine(line, medium)),
  };
}

/** `2 created, 1 held`; what a run was to do, as its plan counted it. */
export function summaryWords(summary: Summary): string {
  const parts = [
    [summary.create, 'created'],
    [summary.update, 'updated'],
    [summary.replace, 'replaced'],
    [summary.delete, 'deleted'],
    [summary.held, 'held'],
    [summary.skipped, 'not possible'],
  ] as const;
  const said = parts.flatMap(([n, words]) => (n === 0 ? [] : [`${n} ${words}`]));
  return said.length === 0 ? 'nothing' : said.join(', ');
}

export function triggerWords(triggers: readonly Trigger[]): string {
  return triggers.map((trigger) => TRIGGERS[trigger]).join(', ');
}
