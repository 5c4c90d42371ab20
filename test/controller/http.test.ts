import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type HttpParts, serveHttp } from '../../src/controller/http.ts';
import { isLocalHost, parseListen } from '../../src/controller/listen-address.ts';
import { Metrics } from '../../src/controller/metrics.ts';
import { buildStatus } from '../../src/controller/status.ts';
import type { RunChange, Status } from '../../src/controller/words.ts';
import type { GuestTraffic } from '../../src/tools/ip/statistics.ts';
import * as sample from '../render/plan-samples.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');

function statusOf(more: Partial<Parameters<typeof buildStatus>[0]> = {}): Status {
  return buildStatus({
    now: NOW,
    host: 'kvm-a',
    pid: 1,
    source: {
      description: 'x',
      state: { seen: 'b'.repeat(40), fetchedAt: NOW, trouble: null, refused: null },
    },
    applied: 'a'.repeat(40),
    rejection: null,
    onTrial: null,
    last: { plan: sample.mixedPlan(), outcomes: null },
    inSyncSince: null,
    pauses: [],
    contended: [],
    runs: [],
    devices: [],
    served: new Map(),
    troubles: [],
    notKept: [],
    holderName: () => null,
    ...more,
  });
}

interface Reply {
  code: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

async function serving(more: Partial<HttpParts> = {}) {
  const troubles: string[] = [];
  const server = await serveHttp({
    listen: { host: '127.0.0.1', port: 0 },
    stuck: () => null,
    ready: () => true,
    status: async () => statusOf(),
    metrics: { contentType: 'text/plain', text: async () => 'm 1\n' },
    onTrouble: (what) => troubles.push(what),
    ...more,
  });
  onTestFinished(() => server.close());
  const ask = (path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port: server.port, path, method, headers },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text) => {
            body += text;
          });
          response.on('end', () =>
            resolve({ code: response.statusCode ?? 0, headers: response.headers, body }),
          );
        },
      );
      sent.once('error', reject);
      sent.end();
    });
  return { server, ask, troubles };
}

describe('where it listens', () => {
  test.each([
    ['9177', { host: '127.0.0.1', port: 9177 }],
    ['127.0.0.1:9177', { host: '127.0.0.1', port: 9177 }],
    ['localhost:9177', { host: '127.0.0.1', port: 9177 }],
    ['[::1]:9177', { host: '::1', port: 9177 }],
    ['0.0.0.0:9177', null],
    ['10.0.0.1:9177', null],
    ['[::]:9177', null],
    [':9177', null],
    ['70000', null],
    ['', null],
    ['9177x', null],
  ])('%s', (text, address) => {
    expect(parseListen(text)).toEqual(address);
  });

  test('a name that somebody made to point here is not this machine', () => {
    expect(['127.0.0.1:9', 'localhost', 'LOCALHOST:9', '[::1]:9'].map(isLocalHost)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    const others = ['evil.example', 'localhost.evil.example:9', '127.0.0.1.evil.example', '', undefined];
    expect(others.map(isLocalHost)).toEqual([false, false, false, false, false]);
  });
});

describe('what it tells', () => {
  test('health, readiness, metrics and status', async () => {
    const { ask } = await serving();
    expect(await ask('/healthz')).toMatchObject({ code: 200, body: 'ok\n' });
    expect(await ask('/readyz')).toMatchObject({ code: 200 });
    expect(await ask('/metrics')).toMatchObject({ code: 200, body: 'm 1\n' });
    const { code, headers, body } = await ask('/api/v1/status?pretty=1');
    expect([code, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/json; charset=utf-8',
      'no-store',
    ]);
    expect(JSON.parse(body)).toEqual(statusOf());
  });

  test('a loop that is stuck and a first run that is still under way', async () => {
    const { ask } = await serving({ stuck: () => 'a run has taken 90 s', ready: () => false });
    expect(await ask('/healthz')).toMatchObject({ code: 503, body: 'stuck: a run has taken 90 s\n' });
    expect(await ask('/readyz')).toMatchObject({ code: 503 });
  });

  test('HEAD is GET without the body', async () => {
    const { ask } = await serving();
    const { code, headers, body } = await ask('/metrics', 'HEAD');
    expect([code, headers['content-length'], body]).toEqual([200, '4', '']);
  });

  test('it takes no orders', async () => {
    const { ask } = await serving();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { code, headers } = await ask('/api/v1/status', method);
      expect([method, code, headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
  });

  test.each(['/', '/api/v1/', '/metrics/', '/../etc/passwd', '/constructor', '/%2e%2e'])(
    'there is no %s',
    async (path) => {
      const { ask } = await serving();
      expect((await ask(path)).code).toBe(404);
    },
  );

  test('a rebound name is refused, whatever it asks', async () => {
    const { ask } = await serving();
    expect((await ask('/api/v1/status', 'GET', { Host: 'evil.example' })).code).toBe(403);
  });

  test('a request without a Host header is refused', async () => {
    const { server } = await serving();
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const socket = createConnection(server.port, '127.0.0.1', () =>
        socket.write('GET /metrics HTTP/1.0\r\n\r\n'),
      );
      socket.setEncoding('utf8').on('data', (text) => {
        got += text;
      });
      socket.once('close', () => resolve(got));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('what cannot be read is told in the log, not to whoever asks', async () => {
    const { ask, troubles } = await serving({
      status: async () => {
        throw new Error('the secret of the disk');
      },
    });
    const { code, body } = await ask('/api/v1/status');
    expect([code, body.includes('secret')]).toEqual([500, false]);
    expect(troubles).toEqual(['/api/v1/status could not be answered: the secret of the disk']);
  });
});

describe('metrics', () => {
  const traffic = (packets: number): GuestTraffic[] => [
    {
      device: 'web1-eth0',
      guest: 'web1',
      interface: 'eth0',
      received: { bytes: 300, packets, errors: 0, drops: 2 },
      sent: { bytes: 100, packets: 1, errors: 1, drops: 0 },
    },
  ];
  const change = (id: RunChange['id'], result: RunChange['result']): RunChange => ({
    id,
    action: 'create',
    impact: 'none',
    guests: [],
    network: null,
    reason: 'missing',
    before: null,
    after: null,
    result,
    message: null,
  });
  const run = (status: 0 | 1 | 2, changes: RunChange[]) => ({
    at: NOW,
    duration: 210,
    triggers: ['links' as const],
    status,
    changes,
  });
  /** The samples, by name and labels. */
  const samplesOf = (text: string) =>
    new Map(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line): [string, number] => {
          const at = line.lastIndexOf(' ');
          return [line.slice(0, at), Number(line.slice(at + 1))];
        }),
    );
  const served = async () =>
    new Map([
      ['lab', { pid: 4711, leases: 3 }],
      ['cage', { pid: null, leases: 0 }],
    ]);
  const metrics = (status: () => Status = () => statusOf(), counters = async () => traffic(3)) =>
    new Metrics({ status, served, traffic: counters, networkOf: () => 'red-network' });

  test('runs, and drift that was found and repaired, by kind', async () => {
    const one = metrics();
    one.observeRun(run(0, [change('link:a', 'done'), change('link:b', 'done')]), false);
    one.observeRun(run(1, [change('link:a', 'done'), change('ovs-port:b', 'failed')]), true);
    const samples = samplesOf(await one.text());
    expect(Object.fromEntries([...samples].filter(([name]) => /runs_total|drift|last_/.test(name)))).toEqual({
      'plumbline_runs_total{result="converged"}': 1,
      'plumbline_runs_total{result="failed"}': 1,
      'plumbline_runs_total{result="held"}': 0,
      'plumbline_drift_found_total{kind="link"}': 1,
      'plumbline_drift_found_total{kind="ovs-port"}': 1,
      'plumbline_drift_repaired_total{kind="link"}': 1,
      plumbline_last_run_timestamp_seconds: (NOW + 210) / 1000,
      plumbline_last_success_timestamp_seconds: (NOW + 210) / 1000,
    });
    expect(samples.get('plumbline_run_duration_seconds_bucket{le="0.5"}')).toBe(2);
    expect(samples.get('plumbline_run_duration_seconds_bucket{le="0.2"}')).toBe(0);
  });

  test('pools, revisions and what waits', async () => {
    const samples = samplesOf(await metrics().text());
    expect(samples.get('plumbline_pool_used{network="red-network",device="front0"}')).toBe(8);
    expect(samples.get('plumbline_pool_capacity{network="red-network",device="eth3"}')).toBe(8);
    expect(samples.get(`plumbline_revision_info{applied="${'a'.repeat(40)}",seen="${'b'.repeat(40)}"}`)).toBe(
      1,
    );
    expect(samples.get('plumbline_changes_waiting{why="held"}')).toBe(1);
    expect(samples.get('plumbline_changes_waiting{why="guard"}')).toBe(0);
    expect(samples.get('plumbline_source_fetch_timestamp_seconds')).toBe(NOW / 1000);
  });

  test('leases, and whether a dnsmasq runs', async () => {
    const samples = samplesOf(await metrics().text());
    expect(Object.fromEntries([...samples].filter(([name]) => /dhcp|dnsmasq/.test(name)))).toEqual({
      'plumbline_dhcp_leases{network="lab"}': 3,
      'plumbline_dhcp_leases{network="cage"}': 0,
      'plumbline_dnsmasq_up{network="lab"}': 1,
      'plumbline_dnsmasq_up{network="cage"}': 0,
    });
  });

  test('without a remote there is no time of a fetch', async () => {
    const source = { description: 'x', state: { seen: null, fetchedAt: null, trouble: null, refused: null } };
    const one = metrics(() => statusOf({ source }));
    for (const text of [await one.text(), await one.text()]) {
      expect(samplesOf(text).has('plumbline_source_fetch_timestamp_seconds')).toBe(false);
    }
  });

  test('a rejection shows while it lasts, and a revision that has gone leaves no series', async () => {
    const problems = [{ code: 'x', severity: 'error' as const, message: 'm', source: null }];
    const rejection = { revision: 'c', at: NOW, why: 'invalid' as const, problems, retryAt: null };
    const states = [statusOf({ rejection }), statusOf({ applied: 'd' })];
    const one = metrics(() => states.shift() ?? statusOf());
    const first = samplesOf(await one.text());
    expect(first.get('plumbline_revision_rejected{why="invalid"}')).toBe(1);
    expect(first.get('plumbline_rejected_problems')).toBe(1);
    const then = samplesOf(await one.text());
    expect(then.has('plumbline_revision_rejected{why="invalid"}')).toBe(false);
    expect(then.get('plumbline_rejected_problems')).toBe(0);
    expect([...then.keys()].filter((name) => name.startsWith('plumbline_revision_info'))).toHaveLength(1);
  });

  test('traffic in the guest’s directions, read once for a scrape, gone with its device', async () => {
    let reads = 0;
    const counts = [traffic(3), traffic(7), []];
    const one = metrics(
      () => statusOf(),
      async () => {
        reads += 1;
        return counts.shift() ?? [];
      },
    );
    const [first, same] = await Promise.all([one.text(), one.text()]);
    expect([reads, first === same]).toEqual([1, true]);
    const labels = '{guest="web1",interface="eth0",network="red-network"}';
    expect(samplesOf(first).get(`plumbline_guest_receive_packets_total${labels}`)).toBe(3);
    expect(samplesOf(first).get(`plumbline_guest_receive_drops_total${labels}`)).toBe(2);
    expect(samplesOf(first).get(`plumbline_guest_transmit_bytes_total${labels}`)).toBe(100);
    // A counter of the kernel’s, not one that scrapes add up.
    expect(samplesOf(await one.text()).get(`plumbline_guest_receive_packets_total${labels}`)).toBe(7);
    expect(samplesOf(await one.text()).has(`plumbline_guest_receive_packets_total${labels}`)).toBe(false);
  });

  test('counters that cannot be read cost the scrape nothing else', async () => {
    const one = metrics(
      () => statusOf(),
      async () => {
        throw new Error('ip is gone');
      },
    );
    const samples = samplesOf(await one.text());
    expect(samples.get('plumbline_guest_traffic_unreadable')).toBe(1);
    expect(samples.get('plumbline_healthy')).toBe(0);
  });

  test('they are served as they are', async () => {
    const { ask } = await serving({ metrics: metrics() });
    const { code, headers, body } = await ask('/metrics');
    expect([code, headers['content-type']]).toEqual([
      200,
      expect.stringContaining('text/plain; version=0.0.4'),
    ]);
    expect(samplesOf(body).get('plumbline_in_sync')).toBe(0);
  });

  test('every name is ours', async () => {
    const one = metrics();
    one.observeRun(run(2, [change('link:a', 'held')]), true);
    const names = [...samplesOf(await one.text()).keys()];
    expect(names.filter((name) => !name.startsWith('plumbline_'))).toEqual([]);
    expect(one.contentType).toContain('text/plain');
  });
});
