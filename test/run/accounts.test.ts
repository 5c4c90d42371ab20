import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { indexes, linkOf } from './kernel-links.ts';
import { passUsedIndexes } from './used-indexes.ts';

describeNeeding(['root'], 'who may open guest devices', () => {
  test('a macvtap gives its node to the account, and mends it', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    passUsedIndexes(host);
    const parts = {
      host: {
        guestDevices: { user: 'daemon', group: 'games' },
        networks: { red: { type: 'direct' as const, mode: 'vepa' as const, pool: [{ device: 'p0' }] } },
      },
      guests: { g: guest('red') },
    };
    host.want(parts);
    await host.converge();
    const node = () => {
      const { uid, gid, mode } = statSync(`/dev/tap${linkOf(host.links(), 'g-eth0').ifindex}`);
      return [uid, gid, mode & 0o777];
    };
    expect(node()).toEqual([1, 60, 0o660]);
    await expectConverged(host);

    const before = indexes(host.links());
    host.want({ ...parts, host: { ...parts.host, guestDevices: { user: 'bin', group: 'games' } } });
    await host.converge();
    expect(node()).toEqual([2, 60, 0o660]);
    expect(indexes(host.links())).toEqual(before);
  });

  test('a tap belongs to the account', async () => {
    const host = await kernelHost();
    host.ns.ip('link add name br0 type bridge\n');
    host.want({
      host: {
        guestDevices: { user: 'daemon', group: 'games' },
        networks: { office: { type: 'bridge', bridge: 'br0' } },
      },
      guests: { g: guest('office') },
    });
    await host.converge();
    expect(linkOf(host.links(), 'g-eth0').linkinfo?.info_data).toMatchObject({
      user: 'daemon',
      group: 'games',
    });
    await expectConverged(host);
  });

  test('an account that this machine does not know: an error at its key, and nothing is done', async () => {
    const host = await kernelHost();
    host.want({
      host: {
        guestDevices: { user: 'no-such-user-here' },
        networks: { lab: { type: 'bridge', bridge: 'br-lab', manage: true } },
      },
    });
    const { status, stderr } = await host.run(['apply', host.desired, '--host', 'a']);
    expect(status).toBe(1);
    expect(stderr).toContain('hosts/a.yaml');
    expect(stderr).toContain('no-such-user-here');
    expect(Object.keys(host.links())).toEqual(['lo']);
  });
});
