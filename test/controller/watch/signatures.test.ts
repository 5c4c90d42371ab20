import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { guest } from '../../run/fleet-files.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { describeNeeding } from '../../support/requires.ts';
import { type Signer, SigningKeys, signed } from '../signing-keys.ts';
import { type WatchedHost, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

function commitAs(host: WatchedHost, signer: Signer | null, mtu: number): string {
  host.want({ host: { networks: { s } }, networks: { s: { mtu } }, guests: { web: guest('s') } });
  host.git('add', '--all', 'desired');
  return signed(host.directory, signer, 'commit', '--quiet', '--message=wanted');
}

describeNeeding(['root', 'signing'], 'with --verify-signatures', () => {
  test('only what an allowed signer signed reaches the host, with all that lies below it', async () => {
    const keys = new SigningKeys();
    onTestFinished(() => keys.remove());
    const alice = keys.ssh('alice');
    const mallory = keys.ssh('mallory');
    const host = await watchedHost();
    const signers = join(host.directory, 'signers');
    writeFileSync(signers, `alice@example.com ${alice.publicKey}\n`);
    const trusted = commitAs(host, null, 1500);
    const first = commitAs(host, alice, 1400);
    const watching = await host.watch('--verify-signatures', signers, '--trust-from', trusted);
    await watching.reaches(first);

    for (const [signer, mtu] of [
      [null, 1300],
      [mallory, 1290],
      // Good itself, and on top of what is not.
      [alice, 1280],
    ] as const) {
      const bad = commitAs(host, signer, mtu);
      const status = await watching.shows('it refuses it', ({ rejected }) => rejected?.revision === bad);
      expect([status.rejected?.why, status.applied]).toEqual(['unsigned', first]);
      expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1400);
    }

    host.git('reset', '--quiet', '--hard', first);
    const good = commitAs(host, alice, 1280);
    const { rejected } = await watching.reaches(good);
    expect(rejected).toBe(null);
    expect(linkOf(host.links(), 'web-eth0').mtu).toBe(1280);

    host.git('reset', '--quiet', '--hard', first);
    commitAs(host, alice, 1270);
    const { rejected: rewritten } = await watching.shows(
      'it refuses it',
      (status) => status.rejected !== null,
    );
    expect(rewritten?.why).toBe('not-forward');
  });
});
