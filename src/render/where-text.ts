import type { ResolvedGuest } from '../desired/fleet.ts';
import { type Reason, type Verdict, weightOf } from '../placement/reason.ts';
import type { HostVerdict } from '../placement/where.ts';
import type { Line, Medium } from './line.ts';
import { paintLine, span, wrapLine } from './line.ts';
import { count } from './plan-networks.ts';
import { foldAlike, namesLine, reasonLines, VERDICTS, widestCode } from './where-reasons.ts';

const ORDER: readonly Verdict[] = ['yes', 'degraded', 'no'];

/** Where a guest can be, for people: the hosts by verdict, the good ones first, and those that are alike as one. */
export function renderWhere(guest: ResolvedGuest, hosts: readonly HostVerdict[], medium: Medium): string {
  const groups = foldAlike(
    hosts.map(({ host, verdict, reasons }) => ({ name: host, verdict, reasons: told(verdict, reasons) })),
  );
  const codes = widestCode(groups);
  const lines: Line[] = headLines(guest, hosts, medium);
  for (const verdict of ORDER) {
    const own = groups.filter((group) => group.verdict === verdict);
    if (own.length === 0) continue;
    const { word, look } = VERDICTS[verdict];
    const number = own.reduce((sum, { names }) => sum + names.length, 0);
    lines.push([], [span(word, medium, look), span(`: ${count(number, 'host')}`, medium)]);
    for (const group of own) lines.push(namesLine(group.names, medium), ...reasonLines(group, codes, medium));
  }
  return textOf(lines, medium);
}

/** What else is to be known of a host matters to nobody where the guest cannot be there. */
function told(verdict: Verdict, reasons: readonly Reason[]): readonly Reason[] {
  return verdict === 'no' ? reasons.filter((one) => weightOf(one) !== 'note') : reasons;
}

/** The answer to one question: whether this guest can be on that host. */
export function renderCanMigrate(guest: ResolvedGuest, found: HostVerdict, medium: Medium): string {
  const { word, look } = VERDICTS[found.verdict];
  const group = { ...found, names: [found.host], differ: false };
  const head: Line = [
    span(word, medium, look),
    span(`: ${guest.name}, ${placeWords(guest)}, ${SENTENCES[found.verdict]} ${found.host}.`, medium),
  ];
  return textOf([head, ...reasonLines(group, widestCode([group]), medium)], medium);
}

const SENTENCES: Readonly<Record<Verdict, string>> = {
  yes: 'can be on',
  degraded: 'can be, but not as it was, on',
  no: 'cannot be on',
};

function headLines(guest: ResolvedGuest, hosts: readonly HostVerdict[], medium: Medium): Line[] {
  const number = (verdict: Verdict) => hosts.filter((one) => one.verdict === verdict).length;
  const [yes, degraded] = [number('yes'), number('degraded')];
  const degradedWords = degraded === 0 ? '' : `, and with losses on ${degraded}`;
  const head = `${guest.name}, ${placeWords(guest)}, can be on ${yes} of ${count(hosts.length, 'host')}${degradedWords}.`;
  const uses = guest.interfaces.map(
    ({ name, network, portGroup }) =>
      `${name} on ${network}${portGroup === null ? '' : ` (${portGroup.name})`}`,
  );
  const networks = uses.length === 0 ? 'It has no interface.' : `It has ${uses.join(', ')}.`;
  return [
    ...wrapLine([span(head, medium, 'bold')], medium, 0),
    ...wrapLine([span(networks, medium)], medium, 0),
  ];
}

function placeWords({ host, migratingTo }: ResolvedGuest): string {
  if (host === null) return 'placed nowhere';
  return migratingTo === null ? `now on ${host}` : `now on ${host} and on its way to ${migratingTo}`;
}

export function textOf(lines: readonly Line[], medium: Medium): string {
  return lines.map((line) => `${paintLine(line, medium.color)}\n`).join('');
}
