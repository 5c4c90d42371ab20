import { expect, onTestFinished, test } from 'vitest';
import { guests } from '../../run/fleet-files.ts';
import { type KernelHost, kernelHost, ours } from '../../run/kernel-host.ts';
import { programFile } from '../../support/program.ts';
import { describeNeeding } from '../../support/requires.ts';
import { CTRL_C, type OnTerminal, onTerminal } from '../../support/terminal.ts';
import { removeLink, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
const wanting = (count: number) => ({ host: { networks: { s } }, guests: guests('g', count, 's') });

/** `plumbline ARGV` on a terminal of its own, in the host's namespace. */
function typed(host: KernelHost, ...argv: string[]): OnTerminal {
  const inside = { namespace: host.ns.name, env: host.env };
  const terminal = onTerminal([programFile(), ...argv], host.directory, inside);
  onTestFinished(async () => {
    terminal.hangUp();
    await terminal.ended;
  });
  return terminal;
}

describeNeeding(['root'], 'on a terminal', () => {
  test('Enter confirms what apply --confirm has made', async () => {
    const host = await kernelHost();
    host.want(wanting(1));
    await host.converge();
    host.want(wanting(2));
    const apply = typed(host, 'apply', host.desired, '--host', 'a', '--confirm', '600');
    await apply.shows('press Enter here');
    apply.type('\r');
    await apply.shows('Confirmed: it stays');
    expect(await apply.ended).toBe(0);
    expect(ours(host)).toEqual(['br-s', 'g0-eth0', 'g1-eth0']);
    // It is what a later one goes back to.
    host.want(wanting(3));
    const later = typed(host, 'apply', host.desired, '--host', 'a', '--confirm', '600');
    await later.shows('press Enter here');
    later.type(CTRL_C);
    await later.shows('Going back now');
    expect(await later.ended).toBe(1);
    expect(ours(host)).toEqual(['br-s', 'g0-eth0', 'g1-eth0']);
  });

  test('status --watch shows each change until Ctrl-C, and exits as what it saw last', async () => {
    const host = await watchedHost();
    const watching = await host.watch();
    await watching.reaches(host.commit(wanting(1)));
    const status = typed(host, 'status', '--watch');
    await status.shows('All is well: a is in sync');
    await host.ask('pause', 'g0', '--reason', 'a-look-at-it');
    await status.shows('Guest g0 is paused until resumed (a-look-at-it)');
    removeLink(host, 'g0-eth0');
    await status.shows('1 change not made');
    // Each look is drawn over the one before: ECMA-48, CUP.
    expect(status.shown().split('\u001b[H').length).toBeGreaterThan(3);
    status.type(CTRL_C);
    expect(await status.ended).toBe(1);
  });
});
