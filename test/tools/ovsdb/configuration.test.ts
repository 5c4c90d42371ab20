import { expect, test } from 'vitest';
import { announced, waitUntilTaken } from '../../../src/tools/ovsdb/configuration.ts';
import type { OvsdbConnection, TableUpdates } from '../../../src/tools/ovsdb/connection.ts';

const shows = (current: number): TableUpdates => ({ Open_vSwitch: { row: { new: { cur_cfg: current } } } });

test('an update that arrives together with the first answer is not forgotten for it', async () => {
  // A loaded machine puts both into one piece of the stream; then the update is delivered before the answer resolves.
  const connection: OvsdbConnection = {
    transact: () => Promise.resolve([]),
    monitor(_tables, onUpdate) {
      onUpdate(shows(8));
      return Promise.resolve(shows(7));
    },
    closed: new Promise(() => {}),
    close() {},
  };
  await expect(waitUntilTaken(connection, 8, 50)).resolves.toBeUndefined();
  await expect(waitUntilTaken(connection, 9, 50)).rejects.toThrow(/ovs-vswitchd/);
});

test('a database that was never set up: nothing that is written would stay, and it is said what does not run', () => {
  expect(announced([{}, { rows: [{ next_cfg: 7 }] }])).toBe(7);
  expect(() => announced([{}, { rows: [] }])).toThrow(/^ovs-vswitchd does not run: .*never set up/);
});
