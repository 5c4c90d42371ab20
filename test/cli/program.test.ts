import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS, isCommand } from '../../src/cli/commands.ts';
import { commandHelp, overview } from '../../src/cli/help.ts';
import { VERSION } from '../../src/model/version.ts';
import { until } from '../support/netns.ts';
import { plumbline, programFile } from '../support/program.ts';

/** Of a pipe, in bytes: pipe(7). */
const PIPE_SIZE = 65_536;

let empty = '';
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'plumbline-empty-'));
});
afterAll(() => rm(empty, { recursive: true, force: true }));

describe('help', () => {
  test('the overview has each command on a line of its own', async () => {
    const { status, stdout, stderr } = await plumbline(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const [name, { summary }] of Object.entries(COMMANDS)) {
      expect(stdout.split('\n')).toContainEqual(
        expect.stringMatching(new RegExp(`^ {2}${name} .* ${summary}$`)),
      );
    }
    expect((await plumbline(['help'])).stdout).toBe(stdout);
    expect((await plumbline(['-h'])).stdout).toBe(stdout);
  });

  test('a command’s page is the same by either way and does nothing', async () => {
    const { status, stdout } = await plumbline(['help', 'apply']);
    expect(status).toBe(0);
    expect(stdout).toContain('--allow-recreate');
    expect(stdout).toMatch(/75 {2}another run has the host/);
    expect((await plumbline(['apply', '--help', '--no-such-option'])).stdout).toBe(stdout);
  });

  test('no line is wider than a terminal', async () => {
    const pages = [['help'], ...Object.keys(COMMANDS).map((name) => ['help', name])];
    for (const words of pages) {
      const { stdout } = await plumbline(words);
      expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });

  test('a terminal that knows ASCII only gets nothing else, and columns stay below one another', () => {
    const pages = Object.keys(COMMANDS).flatMap((name) => (isCommand(name) ? [name] : []));
    const inAscii = [
      overview,
      ...pages.map((name) => (medium: { unicode: boolean }) => commandHelp(name, medium)),
    ];
    for (const page of inAscii) {
      expect(page({ unicode: false })).toMatch(/^[\n -~]*$/);
      expect(page({ unicode: true }).split('\n')).toHaveLength(page({ unicode: false }).split('\n').length);
    }
    const [one, two] = overview({ unicode: false })
      .split('\n')
      .filter((line) => /^ {2}(check|libvirt import) /.test(line));
    expect(one?.indexOf('validate')).toBe(two?.indexOf('write documents'));
    expect(overview({ unicode: true })).toContain('FILE…');
  });

  test('the version', async () => {
    expect(await plumbline(['--version'])).toMatchObject({ status: 0, stdout: `plumbline ${VERSION}\n` });
  });
});

describe('wrong use exits 64 and says how to go on', () => {
  test.each([
    [[], 'no command was given'],
    [['aply'], "did you mean 'plumbline apply'?"],
    [['help', 'plna'], "did you mean 'plumbline plan'?"],
    [['libvirt'], 'say libvirt interfaces or libvirt import or libvirt networks'],
    [['--host', 'a', 'plan'], 'options follow it'],
    [['plan', '--hots', 'a'], 'did you mean --host?'],
    [['plan', '--sandbox', '--hots', 'a'], 'did you mean --host?'],
    [['check', '--sandbox'], '--sandbox is no option of check'],
    [['--inside-sandbox', 'plan'], 'unknown option'],
  ])('%j', async (words, expected) => {
    const { status, stdout, stderr } = await plumbline(words);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(expected);
    expect(stderr).toMatch(/^Usage: plumbline /m);
  });
});

test('bad input is told as problems, exit 1', async () => {
  const { status, stdout, stderr } = await plumbline(['plan', empty, '--host', 'kvm-a']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).not.toContain('a bug in plumbline');
  expect(stderr).not.toBe('');
});

test('a reader that takes its time has all of the output', async () => {
  const whole = (await plumbline(['schema'])).stdout;
  expect(whole.length).toBeGreaterThan(PIPE_SIZE);
  const pipe = join(empty, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Both ways, so that neither waits for the other end.
  const output = await open(pipe, 'r+');
  const reader = await open(pipe, 'r');
  try {
    const child = spawn(process.execPath, [programFile(), 'schema'], {
      stdio: ['ignore', output.fd, 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await until('the pipe is full', () => bytesWritten(child.pid) >= PIPE_SIZE);
    let text = '';
    while (text.length < whole.length) {
      const { buffer, bytesRead } = await reader.read(Buffer.alloc(PIPE_SIZE));
      text += buffer.toString('latin1', 0, bytesRead);
    }
    expect(text).toBe(Buffer.from(whole).toString('latin1'));
    expect(await ended).toBe(0);
  } finally {
    await output.close();
    await reader.close();
  }
});

/** As proc_pid_io(5) has it. */
function bytesWritten(pid: number | undefined): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

test('a reader that leaves ends the output and nothing else', async () => {
  const child = spawn(process.execPath, [programFile(), 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('output that a full disk does not take is told in one line, and is no success', async () => {
  const full = await open('/dev/full', 'w');
  try {
    const { status, stderr } = await plumbline(['help'], { stdio: ['ignore', full.fd, 'pipe'] });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^plumbline: cannot write to standard output: ENOSPC.*\n$/);
  } finally {
    await full.close();
  }
});
