import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { probeByDatagram } from '../../../src/controller/safety/ping.ts';
import { runProbes } from '../../../src/controller/safety/probes.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

type Probes = typeof import('../../../src/controller/safety/probes.ts');

describe('a TCP probe', () => {
  it('passes where somebody listens, and fails with the reason where nobody does', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const listening = { tcp: `127.0.0.1:${port}` };
    expect(await runProbes([listening])).toEqual([{ probe: listening, ok: true, message: null }]);
    await new Promise((done) => server.close(done));
    expect(await runProbes([listening])).toEqual([{ probe: listening, ok: false, message: 'ECONNREFUSED' }]);
  });

  it('tells a name that nobody knows from a host that is silent', async () => {
    const [result] = await runProbes([{ tcp: 'no-such-host.invalid:80' }], { timeoutMs: 5000 });
    expect(result?.ok).toBe(false);
    expect(result?.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });
});

describeNeeding(['root'], 'probes through a link', () => {
  it('answer for IPv4 and IPv6, by ping and without it, in the order they were asked', async () => {
    const near = createNamespace();
    const far = createNamespace();
    try {
      for (const { exec } of [near, far]) {
        // Looking for duplicates takes seconds on a machine that is busy with links.
        exec('sh', '-c', 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad');
      }
      near.ip(`link set dev lo up\nlink add name up0 type veth peer name far0 netns ${far.name}\n`);
      near.ip('addr add 192.0.2.1/24 dev up0\naddr add 2001:db8::1/64 dev up0 nodad\nlink set dev up0 up\n');
      far.ip(
        'addr add 192.0.2.2/24 dev far0\naddr add 2001:db8::2/64 dev far0 nodad\nlink set dev far0 up\n',
      );
      // The kernel takes the addresses of links that are just up into use by work that it puts off.
      await until('both ends have their addresses in use', () =>
        [near, far].every(({ exec }, i) => {
          const local = exec('ip', '-6', 'route', 'show', 'table', 'local');
          return local.includes(`2001:db8::${i + 1} `) && local.includes('fe80::');
        }),
      );
      const ask = (probes: Parameters<Probes['runProbes']>[0]) =>
        runInNamespace<Probes, 'runProbes'>(near, 'src/controller/safety/probes.ts', 'runProbes', [
          probes,
          { timeoutMs: 1000 },
        ]);
      const results = await ask([
        { ping: '192.0.2.3' },
        { ping: '192.0.2.2' },
        { ping: '2001:db8::2' },
        { ping: '203.0.113.1' },
        { tcp: '[2001:db8::2]:80' },
      ]);
      expect(results.map(({ ok }) => ok)).toEqual([false, true, true, false, false]);
      expect(results[3]?.message).toMatch(/unreach/i);
      expect(results[4]?.message).toBe('ECONNREFUSED');

      const datagram = (address: string) =>
        runInNamespace<{ probeByDatagram: typeof probeByDatagram }, 'probeByDatagram'>(
          near,
          'src/controller/safety/ping.ts',
          'probeByDatagram',
          [address, 1000],
        );
      expect(await datagram('192.0.2.2')).toBe(null);
      expect(await datagram('2001:db8::2')).toBe(null);
      expect(await datagram('192.0.2.3')).not.toBe(null);
    } finally {
      far.remove();
      near.remove();
    }
  });
});
