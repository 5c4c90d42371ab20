import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Request, Status } from '../../src/controller/words.ts';

/** What a controller that a test plays says; by default all that git wants is done at once. */
export interface Play {
  /** The commit that it is at. */
  applied: string | null;
  ready: boolean;
  why: string | null;
  released: boolean;
  held: boolean;
  more: Partial<Status>;
}

/** A controller's socket, behind which a test says what the status is. */
export interface FakeHost {
  path: string;
  /** What it was asked, but for statuses. */
  asked: Request[];
  statuses(): number;
}

export async function fakeHost(
  path: string,
  host: string,
  guest: string,
  play: () => Partial<Play>,
): Promise<FakeHost> {
  const asked: Request[] = [];
  let statuses = 0;
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (line) => {
      const request: Request = JSON.parse(line.toString());
      if (request.do === 'status') statuses += 1;
      else asked.push(request);
      const answer =
        request.do === 'status' ? { ok: true, status: statusOf(host, guest, play()) } : { ok: true };
      socket.end(`${JSON.stringify(answer)}\n`);
    });
  });
  await new Promise<void>((listening) => server.listen(path, listening));
  onTestFinished(() => {
    server.close();
    rmSync(path, { force: true });
  });
  return { path, asked, statuses: () => statuses };
}

function statusOf(host: string, guest: string, given: Partial<Play>): Status {
  const play: Play = {
    applied: null,
    ready: true,
    why: null,
    released: false,
    held: false,
    more: {},
    ...given,
  };
  const { ready, why, released } = play;
  const role = host === 'kvm-a' ? 'source' : 'destination';
  const [held, holders] = play.held
    ? [{ is: 'held' as const, pids: [1] }, { 1: 'qemu' }]
    : [{ is: 'free' as const }, {}];
  return {
    version: 1,
    host,
    controller: true,
    pid: 1,
    headline: 'all is well',
    healthy: true,
    source: null,
    applied: play.applied,
    rejected: null,
    onTrial: null,
    inSync: true,
    inSyncSince: null,
    paused: [],
    networks: [],
    devices: [{ guest, interface: 'eth0', network: 's', device: `${guest}-eth0`, held, holders }],
    waiting: [],
    approvable: null,
    contended: [],
    runs: [],
    problems: [],
    moves: [{ guest, role, peer: host === 'kvm-a' ? 'kvm-b' : 'kvm-a', ready, why, released }],
    claims: [],
    ...play.more,
  };
}
