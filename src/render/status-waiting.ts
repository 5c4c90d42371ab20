import type { Status, Waiting } from '../model/status.ts';
import type { Line, Look, Medium } from './line.ts';
import { span } from './line.ts';
import type { StatusSection } from './status-section.ts';
import { alignColumns, moreLine } from './status-section.ts';

/** Worst first. */
const LOOKS: Record<Waiting['why'], Look> = {
  failed: 'badBold',
  taken: 'bad',
  blocked: 'bad',
  guard: 'warnBold',
  contended: 'warnBold',
  held: 'warn',
  connected: 'warn',
  paused: 'warn',
  leaving: 'dim',
};

/** Changes that failed or do not go ahead, each with why: never cut, for a reason that is cut is none. */
export function waitingSection(
  { waiting, approvable, controller }: Status,
  most: number,
  medium: Medium,
): StatusSection {
  const order = Object.keys(LOOKS);
  const sorted = [...waiting].sort((a, b) => order.indexOf(a.why) - order.indexOf(b.why));
  const lines: Line[] = alignColumns(
    sorted
      .slice(0, most)
      .map(({ why, text }) => [[span(`  ${why}`, medium, LOOKS[why])], [span(text, medium)]]),
  );
  if (sorted.length > most) lines.push(moreLine(sorted.length - most, medium));
  if (approvable !== null && controller && waiting.some(({ why }) => why === 'held' || why === 'guard')) {
    lines.push([
      span('  What is held goes ahead all the same by: ', medium, 'dim'),
      // So many digits are enough to name it, and few enough to type.
      span(`plumbline approve ${approvable.slice(0, 12)}`, medium, 'accent'),
    ]);
  }
  return { heading: 'Not made', look: 'bold', lines };
}
