import { expect } from 'vitest';
import { RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../../src/model/mark.ts';
import { linkOf, readKernel } from '../run/kernel-links.ts';
import { until } from '../support/netns.ts';
import { type Controller, reach, readyToMove } from './controllers.ts';
import { pluggedIn } from './devices.ts';
import type { Conversation, Pings } from './listeners.ts';
import { type RunningGuest, startGuest, wordsOf } from './qemu-guest.ts';
import { type Site, WEB1, whereWeb1Goes } from './site.ts';

/** What a move has cost those who talk with the guest. Milliseconds. */
export interface Cost {
  /** The longest time for which the client had no answer. */
  gap: number;
  /** From the moment at which the guest ran on the destination until the guest beside it on the first host reached it. */
  neighbour: number;
}

/** A guest that is being moved about, and all who watch it. */
export interface Trial {
  site: Site;
  controllers: Readonly<Record<string, Controller>>;
  /** The words of its QEMU on every host. */
  words: readonly string[];
  /** Where it runs now. */
  web1: RunningGuest;
  beside1: RunningGuest;
  pings: Pings;
  conversation: Conversation;
}

/** How long the client's answers are looked at after the guest runs on the destination. Milliseconds. */
const AFTERWARDS = 500;

/** Moves the guest by two commits and QEMU's own migration between them, and looks at both hosts after each step. */
export async function moveGuest(trial: Trial, from: string, to: string): Promise<Cost> {
  const { site, controllers, pings, conversation } = trial;
  const [source, target] = [site.host(from), site.host(to)];
  const both = [from, to].map((name) => {
    const controller = controllers[name];
    if (controller === undefined) throw new Error(`no controller on ${name}`);
    return controller;
  });
  const stands = (host: typeof source, up: boolean) => ({ into: whereWeb1Goes(host), up });

  await readyToMove(both, site.place('web1', { host: from, migratingTo: to }), 'web1');
  expect(pluggedIn(source, 'web1')).toEqual(stands(source, true));
  expect(pluggedIn(target, 'web1')).toEqual(stands(target, true));

  const socket = `unix:${site.directory}/move`;
  const before = trial.web1;
  const after = await startGuest(site, target, 'web1', trial.words, socket);
  expect(wordsOf(target, 'web1')).toEqual([...trial.words, '-incoming', socket]);

  const began = Date.now();
  const ran = await migrate(before, after, socket);
  await until('it answers again', () => pings.answers.some((at) => at > ran + AFTERWARDS), 30);
  await conversation.goesOn();
  const answer = () =>
    trial.beside1.console.find(({ at, line }) => at > ran && line.includes(`from ${WEB1}`));
  await until('the guest beside it reaches it', () => answer() !== undefined, 30);

  // Let go of or not, the device on the source is down, and nothing raises it.
  expect(pluggedIn(source, 'web1')).toEqual(stands(source, false));
  const { group } = linkOf(readKernel(source.ns), 'web1-eth0');
  expect([RELEASED_GROUP, RELEASED_IN_MOVE_GROUP]).toContain(Number(group));
  await before.quit();
  trial.web1 = after;
  await reach(both, site.place('web1', { host: to }));
  expect(pluggedIn(source, 'web1')).toBeNull();
  expect(pluggedIn(target, 'web1')).toEqual(stands(target, true));
  return { gap: pings.longestGap(began, ran + AFTERWARDS), neighbour: (answer()?.at ?? Infinity) - ran };
}

/** When it runs on the destination, by QEMU's clock; waits until the source has nothing left to send. */
async function migrate(before: RunningGuest, after: RunningGuest, uri: string): Promise<number> {
  await before.qmp.do('migrate-set-capabilities', { capabilities: [{ capability: 'events', state: true }] });
  await before.qmp.do('migrate', { uri });
  const { at } = await after.qmp.told('it runs', ({ event }) => event === 'RESUME');
  await before.qmp.told('it has moved', ({ data }) => data.status === 'completed');
  return at;
}
