import type { Problem } from '../model/problem.ts';
import { formatRemaining } from '../render/moment.ts';
import { count } from '../render/plan-networks.ts';
import { shortDigest } from './approvals.ts';
import type { StatusInput } from './status.ts';
import type { Waiting } from './words.ts';

export interface HeadlineInput extends StatusInput {
  waiting: readonly Waiting[];
  problems: readonly Problem[];
  /** Changes that nothing holds back and nobody has made yet. */
  pending: number;
  inSync: boolean;
  approvable: string | null;
}

/** Each looks for one thing that is not as it should be, and says it in a line; null when it is. Worst first. */
const CONCERNS: readonly ((input: HeadlineInput) => string | null)[] = [
  tried,
  rejected,
  failed,
  wrong,
  guarded,
  notKept,
  contended,
  held,
  paused,
  sourceTrouble,
  notInSync,
];

/** The one line that is read first, and whether nobody needs to read on. */
export function chooseHeadline(input: HeadlineInput): { headline: string; healthy: boolean } {
  const without = input.pid === null ? 'No controller runs here. ' : '';
  for (const concern of CONCERNS) {
    const words = concern(input);
    if (words !== null) return { headline: `${without}${words}`, healthy: false };
  }
  return { headline: `${without}${allIsWell(input)}`, healthy: true };
}

function tried({ onTrial, now }: HeadlineInput): string | null {
  if (onTrial === null) return null;
  const { failing, until } = onTrial;
  const what = `${revision(onTrial.revision, 'What git says now')} is on trial`;
  if (failing.length === 0) return `${what}: its probes are asked`;
  const [fail, pass] = failing.length === 1 ? ['fails', 'it passes'] : ['fail', 'they pass'];
  return `${what}: ${failing.join(', ')} ${fail} since it was applied; it is taken back in ${formatRemaining(until - now)} unless ${pass}`;
}

function rejected({ rejection, applied, now, inSync }: HeadlineInput): string | null {
  if (rejection === null) return null;
  const { why, problems, retryAt } = rejection;
  const what = `${revision(rejection.revision, 'What git says now')} ${REJECTED[why]}`;
  const retry = retryAt === null ? '' : `, tried again in ${formatRemaining(retryAt - now)}`;
  const stays = applied === null ? '' : `; the host stays at ${short(applied)}${inSync ? ', in sync' : ''}`;
  return `${what}: ${firstOf(problems)}${retry}${stays}`;
}

const REJECTED = {
  invalid: 'is rejected here',
  unsigned: 'is rejected: its signatures do not hold',
  'not-forward': 'is rejected: it does not follow on the last one',
  probes: 'was taken back, for probes failed after it',
} as const;

function failed({ waiting }: HeadlineInput): string | null {
  const all = waiting.filter(({ why }) => why === 'failed');
  const [first] = all;
  return first === undefined ? null : `${count(all.length, 'change')} failed: ${first.text}${more(all)}`;
}

/** What cannot be done as things are: a name that is taken, a device that is not there. */
function wrong({ waiting, problems }: HeadlineInput): string | null {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return `${count(errors.length, 'problem')}: ${firstOf(errors)}`;
  const blocked = waiting.filter(({ why }) => why === 'blocked' || why === 'taken');
  const [first] = blocked;
  if (first === undefined) return null;
  return `${count(blocked.length, 'change')} cannot be made: ${first.text}${more(blocked)}`;
}

function guarded({ waiting, problems, approvable, pid }: HeadlineInput): string | null {
  if (approvable === null || !waiting.some(({ why }) => why === 'guard')) return null;
  const guard = problems.find(({ code }) => code.startsWith('guard-'));
  const what = guard?.message ?? `${count(waiting.length, 'change')} would cut too many guests`;
  const how = pid === null ? 'plumbline apply --allow-prune' : `plumbline approve ${shortDigest(approvable)}`;
  return `Held for approval: ${what}. If that is meant: ${how}`;
}

/** The host is as it should be, and a restart or an auditor would miss something. */
function notKept({ notKept: all }: HeadlineInput): string | null {
  return all.length === 0 ? null : `The state directory cannot be written: ${firstOf(all)}`;
}

function contended({ contended: all, now }: HeadlineInput): string | null {
  const [first] = all.filter(({ until }) => until > now);
  if (first === undefined) return null;
  const rest = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  const name = first.id.slice(first.id.indexOf(':') + 1);
  return `Somebody else keeps changing ${name}: ${first.what}, ${first.times} times; left alone for ${formatRemaining(first.until - now)}${rest}`;
}

function held({ waiting, approvable, pid }: HeadlineInput): string | null {
  const all = waiting.filter(({ why }) => why === 'held');
  const [first] = all;
  if (first === undefined) return null;
  const how =
    pid === null
      ? 'plumbline apply --allow-recreate'
      : approvable === null
        ? ''
        : `plumbline approve ${shortDigest(approvable)}`;
  const anyway = how === '' ? '' : `. To do it all the same: ${how}`;
  return `${count(all.length, 'change')} ${all.length === 1 ? 'waits' : 'wait'} for running guests: ${first.text}${more(all)}${anyway}`;
}

function paused({ pauses, waiting, pending, now }: HeadlineInput): string | null {
  const pause = pauses.find(({ guest }) => guest === null) ?? pauses[0];
  if (pause === undefined) return null;
  const { guest, until, reason } = pause;
  const guests = pauses.length > 1 ? `${pauses.length} guests are` : `Guest ${guest} is`;
  const who = guest === null ? 'This host is' : guests;
  const end = until === null ? 'until resumed' : `for another ${formatRemaining(until - now)}`;
  const waits = waiting.filter(({ why }) => why === 'paused').length + (guest === null ? pending : 0);
  const drift = waits === 0 ? 'nothing waits for it' : `${count(waits, 'change')} not made`;
  return `${who} paused ${end}${reason === null ? '' : ` (${reason})`}: ${drift}`;
}

function sourceTrouble({ source, applied }: HeadlineInput): string | null {
  const trouble = source?.state.trouble ?? null;
  if (trouble === null) return null;
  const stays = applied === null ? '' : `; the host is kept at ${short(applied)}`;
  return `Nothing new can be had from git: ${trouble}${stays}`;
}

function notInSync({ last, pending, pid }: HeadlineInput): string | null {
  if (last === null) return pid === null ? 'What it is to be is not known' : 'Starting: no run has ended yet';
  if (pending === 0) return null;
  return `Not in sync: ${count(pending, 'change')} to make${pid === null ? '. Next: plumbline apply' : ''}`;
}

function allIsWell({ host, applied, last, waiting }: HeadlineInput): string {
  const leaving = [
    ...new Set(waiting.filter(({ why }) => why === 'leaving').flatMap(({ guests }) => guests)),
  ];
  const who = host ?? 'this host';
  const what = applied === null ? 'its documents' : short(applied);
  const plan = last?.plan;
  const counts =
    plan === undefined ? '' : ` (${count(plan.networks.length, 'network')}, ${count(plan.guests, 'guest')})`;
  const gone =
    leaving.length === 0
      ? ''
      : `; ${leaving.slice(0, 3).join(', ')}${leaving.length > 3 ? ` and ${leaving.length - 3} more` : ''} ${leaving.length === 1 ? 'leaves' : 'leave'} once let go`;
  return `All is well: ${who} is in sync with ${what}${counts}${gone}`;
}

function revision(id: string | null, otherwise: string): string {
  return id === null ? otherwise : `Revision ${short(id)}`;
}

/** As git shows it. */
function short(id: string): string {
  return id.slice(0, 7);
}

function firstOf(problems: readonly Problem[]): string {
  const first = problems.find(({ severity }) => severity === 'error') ?? problems[0];
  if (first === undefined) return 'no reason is known';
  const at = first.source === null ? '' : ` (${first.source.file}:${first.source.line})`;
  const rest = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  return `${first.message}${at}${rest}`;
}

function more(all: readonly unknown[]): string {
  return all.length > 1 ? `, and ${all.length - 1} more` : '';
}
