import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { History } from '../../src/controller/history.ts';
import { controllerSocket } from '../../src/controller/socket-path.ts';
import { serveSocket } from '../../src/controller/socket-server.ts';
import { buildStatus } from '../../src/controller/status.ts';
import type { Answer, Request, RunRecord } from '../../src/controller/words.ts';
import * as sample from '../render/plan-samples.ts';
import { scratch } from '../support/desired-directory.ts';
import { plumbline, programFile, type Run } from '../support/program.ts';

/** A controller that only answers, and the program beside it. */
async function beside(answer: (request: Request) => Answer) {
  const { run, directory, env } = alone();
  const asked: Request[] = [];
  const socket = await serveSocket(controllerSocket(join(directory, 'run')), async (request) => {
    asked.push(request);
    return answer(request);
  });
  onTestFinished(() => socket.close());
  return { run, asked, env };
}

function alone(): { directory: string; env: NodeJS.ProcessEnv; run(...argv: string[]): Promise<Run> } {
  const directory = scratch();
  const env = {
    ...process.env,
    RUNTIME_DIRECTORY: join(directory, 'run'),
    STATE_DIRECTORY: join(directory, 'state'),
    NO_COLOR: '1',
  };
  return { directory, env, run: (...argv) => plumbline(argv, { env, cwd: directory }) };
}

const DIGEST = '0123456789abcdef0123456789abcdef';

function statusOf(inSync: boolean) {
  const plan = sample.plan([], inSync ? [] : [sample.create('link', 'web1-eth0', sample.tap())]);
  return buildStatus({
    now: Date.now(),
    host: 'kvm-a',
    pid: 4121,
    source: null,
    applied: null,
    rejection: null,
    onTrial: null,
    last: { plan, outcomes: null },
    inSyncSince: null,
    pauses: [],
    contended: [],
    runs: [],
    devices: [],
    served: new Map(),
    troubles: [],
    notKept: [],
    holderName: () => null,
  });
}

describe('what is asked of a controller', () => {
  const requests: [string[], Request][] = [
    [['pause'], { do: 'pause', guest: null, seconds: null, reason: null }],
    [
      ['pause', 'web1', '--for', '2h', '--reason', 'disk swap; $(reboot)'],
      { do: 'pause', guest: 'web1', seconds: 7200, reason: 'disk swap; $(reboot)' },
    ],
    [['resume'], { do: 'resume', guest: null }],
    [['resume', 'web1'], { do: 'resume', guest: 'web1' }],
    [['reconcile'], { do: 'reconcile' }],
    [['approve', DIGEST.slice(0, 12).toUpperCase()], { do: 'approve', digest: DIGEST.slice(0, 12) }],
  ];
  test.each(requests)('%j', async (argv, request) => {
    const { run, asked } = await beside(() => ({ ok: true, message: 'so it is' }));
    expect(await run(...argv)).toMatchObject({ status: 0, stdout: 'so it is\n', stderr: '' });
    expect(asked).toEqual([request]);
  });

  test('a refusal is an error', async () => {
    const { run } = await beside(() => ({ ok: false, message: 'guest wbe1 has nothing on this host' }));
    expect(await run('pause', 'wbe1')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'plumbline: guest wbe1 has nothing on this host\n',
    });
  });

  test.each(['pause', 'resume', 'reconcile', 'approve 01234567'])(
    'without a controller %s does nothing, and says how to start one',
    async (words) => {
      const { status, stdout, stderr } = await alone().run(...words.split(' '));
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain('no controller runs on this host');
      expect(stderr).toContain('plumbline watch');
    },
  );

  test.each([
    [['pause', '--for', 'soon'], '--for takes'],
    [['pause', '--for', '0s'], '--for takes'],
    [['pause', '../x'], 'cannot be the name of a guest'],
    [['resume', 'a b'], 'cannot be the name of a guest'],
    [['approve'], 'approve needs DIGEST'],
    [['approve', 'yes'], 'is no digest'],
    [['history', '-n', '0'], '--number takes'],
    [['history', '-n', '1e3'], '--number takes'],
    [['pause', '--reason', 'x'.repeat(600)], 'at most 500'],
  ])('%j is used wrongly, and nobody is asked', async (argv, words) => {
    const { run, asked } = await beside(() => ({ ok: true }));
    const { status, stderr } = await run(...argv);
    expect(status).toBe(64);
    expect(stderr).toContain(words);
    expect(asked).toEqual([]);
  });
});

describe('status of a controller', () => {
  test.each([
    [true, 0],
    [false, 1],
  ])('well: %s', async (inSync, code) => {
    const status = statusOf(inSync);
    const { run } = await beside(() => ({ ok: true, status }));
    const text = await run('status');
    expect(text.status).toBe(code);
    expect(text.stdout.split('\n')[0]).toBe(status.headline);
    const json = await run('status', '-o', 'json');
    expect([json.status, JSON.parse(json.stdout)]).toEqual([code, status]);
  });

  test('is shown again and again until Ctrl-C, a line each for programs, whatever becomes of the controller', async () => {
    const answers: Answer[] = [
      { ok: true, status: statusOf(false) },
      { ok: false, message: 'just starting' },
      { ok: true, status: statusOf(true) },
    ];
    const { env, asked } = await beside(() => answers.shift() ?? { ok: false, message: 'no more' });
    const child = spawn(process.execPath, [programFile(), 'status', '--watch', '-o', 'json'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.split('\n').length > 2) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const told = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).healthy);
    expect({ code, told, asked: asked.length }).toEqual({ code: 0, told: [false, true], asked: 3 });
  });

  test('after reconcile the one line is told', async () => {
    const status = statusOf(false);
    const { run } = await beside(() => ({ ok: true, status }));
    expect(await run('reconcile')).toMatchObject({ status: 1, stdout: `${status.headline}\n` });
  });

  test('what a controller says does nothing to the terminal', async () => {
    const { run } = await beside(() => ({ ok: true, message: 'a\x1b[2Jb' }));
    expect((await run('resume')).stdout).toBe('a\\x1b[2Jb\n');
  });
});

describe('history', () => {
  const record = (n: number): RunRecord => ({
    at: Date.parse('2026-03-01T10:00:00Z') + n * 1000,
    duration: 210,
    triggers: ['links'],
    revision: '3f2a91c0d5f1',
    digest: DIGEST,
    summary: { create: 1, update: 0, replace: 0, delete: 0, held: 0, skipped: 0 },
    status: 0,
    changes: [
      {
        id: `link:web${n}-eth0`,
        action: 'create',
        impact: 'none',
        guests: [`web${n}`],
        network: 'office',
        reason: 'missing',
        before: null,
        after: null,
        result: 'done',
        message: null,
      },
    ],
  });

  test('is read from the state directory, with or without a controller', async () => {
    const { directory, run } = alone();
    expect(await run('history')).toMatchObject({ status: 0, stdout: 'No run has changed anything yet.\n' });
    const history = new History(join(directory, 'state'));
    for (const n of [1, 2, 3]) history.append(record(n));
    const text = await run('history', '-n', '2');
    expect(text.stdout.match(/web\d/g)).toEqual(['web2', 'web3']);
    const json = JSON.parse((await run('history', '-o', 'json', '--guest', 'web1')).stdout);
    expect(json).toMatchObject({ version: 1, runs: [{ at: '2026-03-01T10:00:01.000Z', digest: DIGEST }] });
  });
});
