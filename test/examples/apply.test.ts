import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadDirectory } from '../../src/desired/load.ts';
import { plumbline } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

type Needs = Parameters<typeof describeNeeding>[0];

/** What each example needs besides the kernel. */
const EXAMPLES: Readonly<Record<string, Needs>> = {
  'host-classes': ['root'],
  'live-migration': ['root', 'ovs'],
  'macvtap-pool': ['root'],
  'nat-network': ['root', 'nft', 'dnsmasq'],
  'ovs-vlans': ['root', 'ovs'],
  'served-macvtap': ['root', 'nft', 'dnsmasq'],
};

test('every example of documents is tried', () => {
  const directories = readdirSync('examples').filter((name) =>
    readdirSync(`examples/${name}`).some((file) => file.endsWith('.yaml')),
  );
  expect(directories.sort()).toEqual(Object.keys(EXAMPLES));
});

for (const [name, needs] of Object.entries(EXAMPLES)) {
  describeNeeding(needs, `examples/${name}`, () => {
    test('converges on each of its hosts', async () => {
      const { fleet } = await loadDirectory(`examples/${name}`, { cache: null });
      expect(fleet.hosts.size).toBeGreaterThan(0);
      for (const host of fleet.hosts.keys()) {
        const run = await plumbline(['apply', `examples/${name}`, '--host', host, '--sandbox', '-o', 'json']);
        const { changes, problems } = JSON.parse(run.stdout);
        expect({ host, status: run.status, problems }).toEqual({ host, status: 0, problems: [] });
        expect(changes.length).toBeGreaterThan(0);
        expect(changes.filter(({ result }: { result: string }) => result !== 'done')).toEqual([]);
      }
    });
  });
}
