import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { guest } from '../../run/fleet-files.ts';
import { linkOf } from '../../run/kernel-links.ts';
import { createNamespace, until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { childrenOf, type Watching, watchedHost } from './watched-host.ts';

/** Of addresses for documentation (RFC 5737). */
const PEER = '192.0.2.2';
const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;

/** Two seconds are promised; a machine that is busy with other tests is given some more. */
async function endsSoon(watching: Watching): Promise<void> {
  let status: number | null | undefined;
  void watching.end().then((code) => {
    status = code;
  });
  await until('it has ended', () => status !== undefined, 5);
  expect(status).toBe(0);
}

describeNeeding(['root'], 'a controller that is told to end does so soon', () => {
  test('while a remote says nothing, and takes the fetch with it', async () => {
    const host = await watchedHost();
    const server =
      "require('net').createServer(() => console.log('asked')).listen(8000, '127.0.0.1', () => console.log('up'))";
    const silent = host.ns.start(process.execPath, '-e', server);
    let said = '';
    silent.stdout?.on('data', (text) => {
      said += text;
    });
    await until('the server is up', () => said.includes('up'));
    const url = 'http://127.0.0.1:8000/fleet.git';
    const watching = await host.watchThrough([], '--repo', url);
    const fetching = () => childrenOf(watching.pid).filter(({ words }) => words.includes(' fetch '));
    await until('git waits for an answer', () => said.includes('asked') && fetching().length > 0, 30);
    const family = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap((child) => family(child.pid))];
    const gits = fetching().flatMap(({ pid }) => family(pid));
    expect(gits.length, 'git, what chooses the helper, and the helper').toBe(3);
    await endsSoon(watching);
    await until('git is gone', () => !gits.some((pid) => existsSync(join('/proc', String(pid), 'exe'))));
  });

  test('while a probe has no answer, which the next one asks again', async () => {
    const host = await watchedHost({ nics: ['eth1'] });
    const peer = createNamespace();
    onTestFinished(() => peer.remove());
    host.ns.ip(`link set dev far-eth1 netns ${peer.name}\n`);
    peer.ip(`link set dev far-eth1 up\naddress add ${PEER}/24 dev far-eth1\n`);
    const wanting = (uplinks: string[]) => ({
      host: {
        networks: { s: { ...s, uplinks } },
        safety: { probes: [{ ping: PEER }], timeout: '10m' },
      },
      guests: { web: guest('s') },
    });
    const watching = await host.watch();
    await watching.reaches(host.commit(wanting(['eth1'])));
    host.ns.ip('address add 192.0.2.1/24 dev br-s\n');
    host.commit(wanting([]));
    await until('it is cut off', () => linkOf(host.links(), 'eth1').master === undefined, 30);
    await until('it asks', () => childrenOf(watching.pid).some(({ words }) => words.includes('ping')), 30);
    await endsSoon(watching);
    expect(existsSync(join(host.directory, 'state', 'trial.json'))).toBe(true);
  });
});
