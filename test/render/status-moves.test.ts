import { describe, expect, test } from 'vitest';
import type { Status } from '../../src/model/status.ts';
import { renderStatusText } from '../../src/render/status-text.ts';
import { ago, NOW, WELL } from './statuses.ts';

describe('guests that come and go', () => {
  const move = {
    guest: 'web1',
    role: 'source',
    peer: 'kvm-b',
    ready: true,
    why: null,
    released: true,
  } as const;
  const text = (status: Partial<Status>) =>
    renderStatusText(
      { ...WELL, ...status },
      { color: false, unicode: true, width: 100, height: Number.POSITIVE_INFINITY, now: NOW },
    );

  test('have a line each, with what is missing', () => {
    const moves: Status['moves'] = [
      move,
      { ...move, guest: 'db1', released: false },
      {
        ...move,
        guest: 'cache',
        role: 'destination',
        ready: false,
        released: false,
        why: 'cache-eth0 is not in br0',
      },
    ];
    const claims = [{ guest: 'mail', since: ago(0), until: ago(-300_000), ready: true, why: null }];
    const lines = text({ moves, claims }).split('\n');
    const at = lines.indexOf('Moves and claims');
    expect(lines.slice(at + 1, at + 5)).toEqual([
      '  web1   has gone to kvm-b          ready',
      '  db1    goes to kvm-b              ready',
      '  cache  comes from kvm-b           not ready: cache-eth0 is not in br0',
      '  mail   claimed for another 5 min  ready',
    ]);
    expect(text({})).not.toContain('Moves and claims');
  });

  test('have devices that are down by intent', () => {
    const [db1, web1] = WELL.devices;
    if (db1 === undefined || web1 === undefined) throw new Error('two devices are needed');
    const devices: Status['devices'] = [
      { ...db1, waits: 'standby' },
      { ...db1, guest: 'db2', waits: 'released' },
      { ...web1, waits: 'released' },
      { ...web1, guest: 'web2', held: null, waits: 'standby' },
    ];
    const shown = text({ devices });
    for (const words of [
      'stands by',
      'down: its guest has gone',
      'down, its guest has gone: qemu-system-x86 (pid 4121)',
      'made when it is claimed',
    ]) {
      expect(shown).toContain(words);
    }
  });
});
