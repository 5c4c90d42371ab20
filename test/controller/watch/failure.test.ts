import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guests } from '../../run/fleet-files.ts';
import { wrapIp } from '../../run/ip-wrapper.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

describeNeeding(['root'], 'a change that fails', () => {
  test('is tried again with growing delays, not upon the events of its own attempts', async () => {
    const host = await watchedHost();
    // The device is made, and the kernel refuses its last line: a multicast address is nobody's own.
    const refuse = join(host.directory, 'refuse');
    writeFileSync(refuse, '');
    const { PATH } = wrapIp(
      host.directory,
      'wrapped',
      `if [ $BATCH = 1 ] && [ -e "${refuse}" ]; then
  sed 's/^link set dev g0-eth0 .*/link set dev g0-eth0 address 01:00:00:00:00:01/' | "$REAL" "$@"; exit
fi`,
    );
    const commit = host.commit({ host: { networks: { s } }, guests: guests('g', 2, 's') });
    const watching = await host.watchThrough(['env', `PATH=${PATH}`], host.desired);
    const { runs, waiting } = await watching.shows('it was tried again twice', (status) => {
      return status.runs.filter(({ triggers }) => triggers.includes('retry')).length >= 2;
    });
    expect(waiting).toEqual([expect.objectContaining({ id: 'link:g0-eth0', why: 'failed' })]);
    expect(runs.filter(({ triggers }) => !triggers.includes('retry')).length).toBeLessThanOrEqual(2);

    // What others do is repaired meanwhile, and it is tried again after that as well.
    await host.stands('g1-eth0', removeLink(host, 'g1-eth0'));
    rmSync(refuse);
    await host.stands('g0-eth0');
    await watching.reaches(commit);
  });
});
