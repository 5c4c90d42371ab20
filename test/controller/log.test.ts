import { describe, expect, test } from 'vitest';
import { isLogLevel, logProblem, openLog } from '../../src/controller/log.ts';
import { readableLine } from '../../src/controller/log-line.ts';

function logOf(terminal: boolean, level: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  const log = openLog({ level, terminal, color: false, write: (line) => lines.push(line) });
  return { log, lines };
}

const PROBLEM = {
  code: 'unknown-network',
  severity: 'error' as const,
  message: 'guest web1 names network rde, which no document declares',
  source: { file: 'guests/web1.yaml', line: 9, column: 3 },
  path: 'spec.interfaces[0].network',
};

describe('away from a terminal', () => {
  test('a line is JSON with a level in words and a time of ISO 8601', () => {
    const { log, lines } = logOf(false);
    log.info({ revision: '3f2a91c' }, 'converged');
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '');
    expect(rest).toEqual({ level: 'info', revision: '3f2a91c', msg: 'converged' });
    expect(new Date(time).toISOString()).toBe(time);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  test('a line about a document names it', () => {
    const { log, lines } = logOf(false);
    logProblem(log, PROBLEM);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      file: 'guests/web1.yaml',
      line: 9,
      code: 'unknown-network',
      msg: PROBLEM.message,
    });
  });
});

describe('on a terminal', () => {
  test('a line is read as it is', () => {
    const { log, lines } = logOf(true);
    logProblem(log, PROBLEM);
    log.warn({ why: 'two words', n: 3, of: { a: 1 } }, 'careful');
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d/, '00:00:00'))).toEqual([
      `00:00:00 error guests/web1.yaml:9 ${PROBLEM.message}  code=unknown-network path=spec.interfaces[0].network\n`,
      '00:00:00 warn  careful  why="two words" n=3 of={"a":1}\n',
    ]);
  });

  test('nothing in it acts on the terminal', () => {
    const { log, lines } = logOf(true);
    log.info({ guest: 'a\x1b[2Jb' }, 'evil\x1b]0;title\x07\nsecond');
    expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(lines[0]?.split('\n')).toHaveLength(2);
  });

  test('an unexpected error is shown with where it came from', () => {
    const { log, lines } = logOf(true);
    log.error({ err: new Error('no such thing') }, 'a run failed');
    expect(lines[0]).toMatch(/a run failed\n {4}Error: no such thing\n {4}at /);
  });

  test('colour only where it is asked for', () => {
    const line = '{"level":"error","time":"2026-03-01T10:00:00.000Z","msg":"x"}\n';
    expect(readableLine(line, false)).not.toContain('\x1b');
    expect(readableLine(line, true)).toContain('\x1b[31m');
    expect(readableLine('no JSON\n', false)).toBe('no JSON\n');
  });
});

test.each([true, false])('no password of a URL is in any line (terminal: %s)', (terminal) => {
  const { log, lines } = logOf(terminal);
  log.info(
    { url: 'https://me:hunter2@git.example/x', err: new Error('ssh://bob:hunter2@h failed') },
    'fetching https://hunter2@git.example/x and mail to a@b',
  );
  const text = lines.join('');
  expect(text).not.toContain('hunter2');
  expect(text).toContain('https://***@git.example/x');
  expect(text).toContain('a@b');
});

test('levels', () => {
  const { log, lines } = logOf(false);
  log.debug('hidden');
  expect(lines).toEqual([]);
  const { log: chatty, lines: more } = logOf(false, 'debug');
  chatty.debug('shown');
  expect(more).toHaveLength(1);
  expect(['debug', 'info', 'trace', ''].map(isLogLevel)).toEqual([true, true, false, false]);
});
