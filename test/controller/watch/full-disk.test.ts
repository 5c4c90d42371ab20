import { closeSync, openSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHistory } from '../../../src/controller/history.ts';
import { errorCode } from '../../../src/tools/result.ts';
import { guests } from '../../run/fleet-files.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
const wanting = (count: number) => ({ host: { networks: { s } }, guests: guests('g', count, 's') });

/** Returns false when the disk is full. */
function fits(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOSPC') return false;
    throw error;
  }
}

/** Takes the last byte and the last inode; what has room in a page that it has already can still grow a little. */
function fill(directory: string): void {
  const file = openSync(join(directory, 'filler'), 'w');
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    while (fits(() => writeSync(file, Buffer.alloc(size)))) {}
  }
  closeSync(file);
  for (let n = 0; fits(() => writeFileSync(join(directory, `filler-${n}`), '')); n++) {}
}

function free(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('filler')) rmSync(join(directory, name));
  }
}

describeNeeding(['root'], 'a full disk in the state directory', () => {
  test('stops no run, shows for as long as it lasts, and is over when there is room', async () => {
    const host = await watchedHost();
    const state = join(host.directory, 'state');
    const mount =
      'mkdir -p "$0" && mount -t tmpfs -o size=256k,nr_inodes=64 plumbline-test "$0" && exec "$@"';
    const first = host.commit(wanting(1));
    const watching = await host.watchThrough(['sh', '-c', mount, state], host.desired);
    await watching.reaches(first);
    await watching.shows('it is well', ({ healthy }) => healthy);

    // Its mounts are its own: this is its view of them.
    const inside = join('/proc', String(watching.pid), 'root', state);
    expect(statSync(inside).dev).not.toBe(statSync(host.directory).dev);
    await until('the first run is written', () => readHistory(inside, { limit: 1 }).runs.length === 1);
    // A new one needs an inode, where the old one's last page may have room for a line.
    rmSync(join(inside, 'history.jsonl'));
    fill(inside);
    const second = host.commit(wanting(3));
    await watching.reaches(second);
    const full = await watching.shows('both are told', ({ problems }) => problems.length === 2);
    expect(full.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['not-kept', 'warning'],
      ['not-kept', 'warning'],
    ]);
    expect(full.problems.map(({ message }) => message).sort()).toEqual([
      expect.stringMatching(/^the last good documents cannot be written .*the disk is full/),
      expect.stringMatching(/^the last run could not be written .*ENOSPC/),
    ]);
    expect(full.healthy).toBe(false);
    expect(full.headline).toMatch(/^The state directory cannot be written: the last /);
    expect(watching.log()).toContain('the last good documents cannot be written');

    // The next runs do their work, and it still shows.
    await host.stands('g0-eth0', removeLink(host, 'g0-eth0'));
    await host.ask('pause', 'g2');
    const paused = await watching.shows(
      'the pause is not kept either',
      ({ problems }) => problems.length === 3,
    );
    expect(paused.healthy).toBe(false);

    free(inside);
    await host.ask('resume', 'g2');
    const well = await watching.shows('it is well again', ({ healthy }) => healthy);
    expect(well.problems).toEqual([]);
    expect(watching.log()).toContain('the history can be written again');
    // None of the runs that could not be written then is missing.
    const { runs, unreadable } = readHistory(inside, { limit: 10 });
    expect(runs.map(({ revision, summary }) => [revision, summary.create])).toEqual([
      [second, 2],
      [second, 1],
    ]);
    expect(unreadable).toBe(0);
  });
});
