import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeBatch, readOutcome } from '../../../src/tools/ip/batch-outcome.ts';
import type { ToolResult } from '../../../src/tools/spawn.ts';

const MARKER = 'link show dev lo';

/** What ip says of a batch that it carries out up to and with line `until`; `refused` lines fail on the way. */
function said(
  text: string,
  until: number,
  refused: ReadonlySet<number>,
  end: 'killed' | 'cut' | 'through',
): ToolResult {
  const lines = text.trimEnd().split('\n').slice(0, until);
  const through = end === 'through' ? lines : lines.slice(0, -1);
  const stdout = through
    .filter((line) => line === MARKER)
    .map(() => 'lo UNKNOWN 00:00:00:00:00:00 <LOOPBACK>\n');
  const stderr = [...refused].flatMap((line) =>
    line < through.length ? `no ${line}\nCommand failed -:${line + 1}\n` : [],
  );
  if (end === 'cut') stderr.push('Error: garbage\n');
  return {
    exitCode: end === 'killed' ? 137 : end === 'cut' ? 255 : 0,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
    taken: end === 'killed' ? null : lines.join('\n').length + 1,
  };
}

const steps = fc.array(
  fc.record({ lines: fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 3 }) }),
  { minLength: 1, maxLength: 70 },
);

describe('what became of the steps of a batch', () => {
  it('is told of each where ip came to the end', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, n) => {
        const batch = composeBatch(list);
        const total = batch.lineEnds.length;
        const bad = n % total;
        const refused = batch.text.split('\n')[bad] === MARKER ? new Set<number>() : new Set([bad]);
        const { messages } = readOutcome(batch, said(batch.text, total, refused, 'through'), false);
        expect(messages).toEqual(
          list.map((_, step) => (refused.has(bad) && batch.stepOfLine[bad] === step ? `no ${bad}` : null)),
        );
      }),
    );
  });

  it('is told up to the one step that cut it short, however few markers there are', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, n) => {
        const batch = composeBatch(list);
        const line = n % batch.lineEnds.length;
        fc.pre(batch.text.split('\n')[line] !== MARKER);
        const { messages } = readOutcome(batch, said(batch.text, line + 1, new Set(), 'cut'), false);
        const culprit = batch.stepOfLine[line] ?? -1;
        expect(messages).toEqual([...Array.from({ length: culprit }, () => null), 'Error: garbage']);
      }),
    );
  });

  it('is told up to the one that the kernel refused where ip ends at that, however its input reached it', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.boolean(), (list, n, piped) => {
        const batch = composeBatch(list);
        const line = n % batch.lineEnds.length;
        fc.pre(batch.text.split('\n')[line] !== MARKER);
        const told = said(batch.text, line + 1, new Set(), 'cut');
        const stderr = `no ${line}\nCommand failed -:${line + 1}\n`;
        const result = { ...told, exitCode: 1, stderr, taken: piped ? null : told.taken };
        const culprit = batch.stepOfLine[line] ?? -1;
        expect(readOutcome(batch, result, true).messages).toEqual([
          ...Array.from({ length: culprit }, () => null),
          `no ${line}`,
        ]);
      }),
    );
  });

  it('leaves no step in doubt without a word where ip was killed, and none given twice', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, n) => {
        const batch = composeBatch(list);
        const line = n % batch.lineEnds.length;
        const { messages } = readOutcome(batch, said(batch.text, line + 1, new Set(), 'killed'), false);
        // What it may have begun is among those that are told of, and what is told to be done was gone through.
        expect(messages.length).toBeGreaterThan(batch.stepOfLine[line] ?? -1);
        const doubted = messages.findIndex((message) => message !== null);
        expect(doubted).toBeLessThanOrEqual(batch.stepOfLine[line] ?? -1);
        for (const message of messages.slice(doubted)) expect(message).toContain('ended by signal 9');
      }),
    );
  });
});
