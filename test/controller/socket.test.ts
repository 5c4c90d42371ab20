import { chmodSync, existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askController, ControllerUnreachable } from '../../src/controller/socket-client.ts';
import { ControllerRunning, serveSocket } from '../../src/controller/socket-server.ts';
import type { Answer, Request } from '../../src/controller/words.ts';
import { scratch } from '../support/desired-directory.ts';
import { runProgram } from '../support/program.ts';

async function serving(handle: (request: Request) => Promise<Answer>): Promise<string> {
  const path = join(scratch(), 'run', 'control');
  const socket = await serveSocket(path, handle);
  onTestFinished(() => socket.close());
  return path;
}

/** What comes back for raw bytes, until the other side ends or `lines` lines are there. */
function raw(path: string, text: string, lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => socket.write(text));
    let got = '';
    const done = () => resolve(got.split('\n').filter(Boolean));
    socket.setEncoding('utf8').on('data', (chunk) => {
      got += chunk;
      if (got.split('\n').length > lines) {
        socket.destroy();
        done();
      }
    });
    socket.once('end', done);
    socket.once('error', reject);
  });
}

const echo = async (request: Request): Promise<Answer> => ({ ok: true, message: JSON.stringify(request) });

describe('the socket of a controller', () => {
  test('a request is answered', async () => {
    const path = await serving(echo);
    const request: Request = { do: 'pause', guest: 'web1', seconds: 7200, reason: 'it’s late' };
    expect(await askController(path, request)).toEqual({ ok: true, message: JSON.stringify(request) });
  });

  test('only its user can reach it', async () => {
    const path = await serving(echo);
    expect((lstatSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((lstatSync(join(path, '..')).mode & 0o777).toString(8)).toBe('700');
    expect(readdirSync(join(path, '..'))).toEqual(['control']);
  });

  test('a directory that others may write to is refused', async () => {
    const directory = scratch();
    chmodSync(directory, 0o777);
    await expect(serveSocket(join(directory, 'control'), echo)).rejects.toThrow('nobody else can write');
  });

  test('a path that the kernel would cut is refused', async () => {
    const path = join(scratch(), 'x'.repeat(100));
    await expect(serveSocket(path, echo)).rejects.toThrow('RUNTIME_DIRECTORY');
    expect(() => askController(path, { do: 'status' })).toThrow('RUNTIME_DIRECTORY');
  });

  test('without a controller there is no answer', async () => {
    expect(await askController(join(scratch(), 'control'), { do: 'status' })).toBeNull();
  });

  test('what a dead controller left is no controller, and is replaced', async () => {
    const path = join(scratch(), 'control');
    const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await runProgram(process.execPath, ['-e', program]);
    expect(existsSync(path)).toBe(true);
    expect(await askController(path, { do: 'status' })).toBeNull();
    const socket = await serveSocket(path, echo);
    onTestFinished(() => socket.close());
    expect(await askController(path, { do: 'status' })).toMatchObject({ ok: true });
  });

  test('a second controller is refused, and the first goes on', async () => {
    const path = await serving(echo);
    await expect(serveSocket(path, echo)).rejects.toThrow(ControllerRunning);
    expect(await askController(path, { do: 'status' })).toMatchObject({ ok: true });
  });

  test('a file that is no socket is not destroyed', async () => {
    const path = join(scratch(), 'control');
    chmodSync(join(path, '..'), 0o700);
    writeFileSync(path, 'somebody’s');
    // Connecting to what is no socket is refused as to a dead one; the rename must not take it.
    await expect(serveSocket(path, echo)).rejects.toThrow('no socket');
    expect(lstatSync(path).isFile()).toBe(true);
  });

  test('closing takes the socket away, but never that of a later controller', async () => {
    const path = join(scratch(), 'run', 'control');
    const first = await serveSocket(path, echo);
    await first.close();
    expect(existsSync(path)).toBe(false);
    const second = await serveSocket(path, echo);
    onTestFinished(() => second.close());
    await first.close();
    expect(await askController(path, { do: 'status' })).toMatchObject({ ok: true });
  });

  test('answers keep the order of the requests', async () => {
    let first = true;
    const path = await serving(async (request) => {
      const slow = first;
      first = false;
      if (slow) await new Promise((resolve) => setTimeout(resolve, 20));
      return { ok: true, message: request.do };
    });
    const answers = await raw(path, '{"do":"status"}\n{"do":"reconcile"}\n', 2);
    expect(answers.map((line) => JSON.parse(line).message)).toEqual(['status', 'reconcile']);
  });

  test('a handler that throws is an answer', async () => {
    const path = await serving(async () => {
      throw new Error('no disk');
    });
    expect(await askController(path, { do: 'status' })).toEqual({
      ok: false,
      message: 'the controller could not do that: no disk',
    });
  });

  test.each([
    ['no JSON', 'hello\n', 'not one line of JSON'],
    ['an unknown word', '{"do":"explode"}\n', 'not understood'],
    ['an unknown key', '{"do":"status","as":"root"}\n', 'not understood'],
    ['a guest that is no name', '{"do":"resume","guest":"../x"}\n', 'guest'],
    ['a digest that is none', '{"do":"approve","digest":"yes"}\n', 'digest'],
    ['an endless line', 'x'.repeat(20_000), 'at most'],
  ])('%s is refused', async (_name, text, expected) => {
    const asked: Request[] = [];
    const path = await serving(async (request) => {
      asked.push(request);
      return { ok: true };
    });
    const [answer = ''] = await raw(path, text, 1);
    expect(JSON.parse(answer)).toMatchObject({ ok: false, message: expect.stringContaining(expected) });
    expect(asked).toEqual([]);
    expect(await askController(path, { do: 'status' })).toEqual({ ok: true });
  });

  test('a controller that is silent, ends early or is something else is told apart from none', async () => {
    const path = join(scratch(), 'other');
    const said = ['', 'what?\n'];
    const server = createServer((socket) => {
      const words = said.shift();
      if (words === undefined) return;
      socket.end(words);
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(askController(path, { do: 'status' })).rejects.toThrow('ended before it answered');
    await expect(askController(path, { do: 'status' })).rejects.toThrow('no controller of this release');
    const silent = askController(path, { do: 'status' }, { timeoutMs: 50 });
    await expect(silent).rejects.toThrow(ControllerUnreachable);
  });
});
