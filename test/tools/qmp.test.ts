import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { MigrationFollower } from '../../src/run/exec/follow-migration.ts';
import { connectQmp, QmpFailed, QmpRefused } from '../../src/tools/qmp.ts';
import { until } from '../support/netns.ts';

const GREETING = '{"QMP": {"version": {}, "capabilities": []}}\r\n';

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plq-'));
  path = join(directory, 'qmp');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Monitor {
  /** The commands that came. */
  asked: string[];
  /** Says a line to whoever is connected. */
  say(line: object): void;
  sockets: Socket[];
  close(): Promise<void>;
}

/** Answers each command by `answer`, as JSON; null is no answer. */
async function monitor(
  answer: (command: string) => object | null = () => ({ return: {} }),
  greeting = GREETING,
): Promise<Monitor> {
  const asked: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.write(greeting);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      const lines = `${text}${chunk}`.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const { execute, id } = JSON.parse(line);
        asked.push(execute);
        const words = answer(execute);
        if (words !== null) socket.write(`${JSON.stringify({ ...words, id })}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(async () => void (await close().catch(() => {})));
  return { asked, sockets, close, say: (line) => sockets.at(-1)?.write(`${JSON.stringify(line)}\r\n`) };
}

describe('a monitor of QEMU', () => {
  test('is greeted, asked, and heard', async () => {
    const { say, asked } = await monitor((command) =>
      command === 'bad'
        ? { error: { class: 'CommandNotFound', desc: 'no such' } }
        : { return: { is: command } },
    );
    const events: string[] = [];
    const qmp = await connectQmp(
      path,
      ({ event, data }) => void events.push(`${event} ${JSON.stringify(data)}`),
    );
    const both = await Promise.all([qmp.execute('a', { x: 1 }), qmp.execute('b')]);
    expect(both).toEqual([{ is: 'a' }, { is: 'b' }]);
    const refused = await qmp.execute('bad').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(QmpRefused);
    expect(refused).toMatchObject({ message: 'bad: no such', qmpClass: 'CommandNotFound' });
    say({ event: 'STOP' });
    say({ event: 'MIGRATION', data: { status: 'active' } });
    await until('both events came', () => events.length === 2);
    expect(events).toEqual(['STOP {}', 'MIGRATION {"status":"active"}']);
    expect(asked).toEqual(['qmp_capabilities', 'a', 'b', 'bad']);
    qmp.close();
    await qmp.closed;
    await expect(qmp.execute('late')).rejects.toThrow(QmpFailed);
  });

  test('one that ends leaves no question open', async () => {
    const { close } = await monitor((command) => (command === 'wait' ? null : { return: {} }));
    const qmp = await connectQmp(path, () => {});
    const asked = qmp.execute('wait');
    await Promise.all([close(), expect(asked).rejects.toThrow(QmpFailed), qmp.closed]);
  });

  test.each([
    ['no JSON', 'HTTP/1.1 400 Bad Request\r\n'],
    ['JSON that is no object', '[]\r\n'],
    ['half a line and no end of it', `${' '.repeat(5 * 1024 * 1024)}`],
  ])('%s is no monitor', async (_, greeting) => {
    await monitor(() => null, greeting);
    await expect(connectQmp(path, () => {})).rejects.toThrow("is no monitor of QEMU's");
  });

  test('a socket that is not there, one with too long a name, and a wait that is ended', async () => {
    await expect(connectQmp(path, () => {})).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    expect(() => connectQmp(`/${'x'.repeat(107)}`, () => {})).toThrow('more than 107 bytes');
    await monitor(() => null, '');
    const ending = new AbortController();
    const waiting = connectQmp(path, () => {}, ending.signal);
    setImmediate(() => ending.abort());
    await expect(waiting).rejects.toThrow(QmpFailed);
  });
});

describe('following a migration', () => {
  const acts: string[] = [];
  const said: string[] = [];
  let runState = 'running';
  const answer = (command: string) => {
    if (command === 'query-status') return { return: { status: runState } };
    return { return: command === 'query-migrate' ? {} : [] };
  };
  const follow = (release = async () => ['d']) => {
    acts.length = 0;
    said.length = 0;
    runState = 'running';
    return new MigrationFollower(path, {
      release: () => {
        acts.push('release');
        return release();
      },
      raise: async () => {
        acts.push('raise');
        return [];
      },
      say: (words) => void said.push(words),
    });
  };
  const settled = (one: Monitor, times = 1) =>
    until('it asked', () => one.asked.filter((command) => command === 'query-status').length >= times);

  test('it waits for a socket that comes later, and for another after that has gone', async () => {
    const follower = follow();
    const first = await monitor(answer);
    await settled(first);
    await first.close();
    const second = await monitor(answer);
    await settled(second);
    runState = 'finish-migrate';
    second.say({ event: 'MIGRATION', data: { status: 'active' } });
    second.say({ event: 'STOP' });
    await until('it is released', () => acts.length > 0);
    await second.close();
    await follower.finish();
    expect([acts, said]).toEqual([['release'], ['it leaves this host: d set down']]);
  });

  test('QEMU need not answer for the devices to go down', async () => {
    let mute = false;
    const one = await monitor((command) => (mute ? null : answer(command)));
    const follower = follow();
    await settled(one);
    mute = true;
    one.say({ event: 'MIGRATION', data: { status: 'active' } });
    one.say({ event: 'STOP' });
    await until('it is released', () => acts.length > 0);
    await one.close();
    await follower.finish();
    expect(acts).toEqual(['release']);
  });

  test('an answer that comes together with later news is older than that', async () => {
    let mute = false;
    const one = await monitor((command) => {
      if (mute) return null;
      if (command !== 'query-status') return answer(command);
      mute = true;
      one.sockets.at(-1)?.cork();
      process.nextTick(() => {
        one.say({ event: 'MIGRATION', data: { status: 'active' } });
        one.say({ event: 'STOP' });
        one.sockets.at(-1)?.uncork();
      });
      return answer(command);
    });
    const follower = follow();
    await until('it is released', () => acts.length > 0);
    await one.close();
    await follower.finish();
    expect(acts).toEqual(['release']);
  });

  test('what QEMU said before it ended is acted on, and waited for', async () => {
    const one = await monitor(answer);
    const order: string[] = [];
    const follower = follow(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('released');
      return [];
    });
    await settled(one);
    one.say({ event: 'MIGRATION', data: { status: 'active' } });
    one.say({ event: 'STOP' });
    one.sockets.at(-1)?.end();
    await follower.finish();
    order.push('finished');
    expect(order).toEqual(['released', 'finished']);
  });

  test('what fails is said, and the next is tried all the same', async () => {
    const one = await monitor(answer);
    const follower = follow(async () => {
      throw new Error('web1-eth0: Operation not permitted');
    });
    await settled(one);
    one.say({ event: 'MIGRATION', data: { status: 'active' } });
    one.say({ event: 'STOP' });
    one.say({ event: 'RESUME' });
    await until('both were tried', () => acts.length === 2);
    await one.close();
    await follower.finish();
    expect(said[0]).toBe(
      'it leaves this host, and its devices are not down: web1-eth0: Operation not permitted',
    );
  });

  test('a socket that never comes is no matter at the end', async () => {
    const follower = follow();
    await follower.finish();
    expect([acts, said]).toEqual([[], []]);
  });
});
