import { expect, test } from 'vitest';
import type { Status } from '../../src/model/status.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { holdMacvtap, holdTap } from './holder.ts';
import { kernelHost } from './kernel-host.ts';
import { expectUntouched } from './kernel-links.ts';

describeNeeding(['root'], 'status without a controller', () => {
  test('is told from the host alone: what stands, who has it, and what is to be done', async () => {
    const host = await kernelHost({ nics: ['eth1'] });
    host.want({
      host: {
        networks: {
          red: { type: 'direct', mode: 'vepa', pool: [{ device: 'eth1', maxGuests: 8 }] },
          store: { type: 'bridge', bridge: 'br-store', manage: true },
        },
      },
      guests: { web1: guest('red'), db1: guest('store'), db2: guest('store') },
    });
    await host.converge();
    const tap = await holdTap(host, 'db1-eth0');
    const macvtap = await holdMacvtap(host, 'web1-eth0');
    const before = host.links();

    const read = async () => {
      const answer = await host.run(['status', host.desired, '--host', 'a', '-o', 'json']);
      expect(answer.status).toBe(2);
      const status: Status = JSON.parse(answer.stdout);
      return status;
    };
    const status = await read();
    expect(status).toMatchObject({
      controller: false,
      pid: null,
      host: 'a',
      healthy: true,
      inSync: true,
      headline: expect.stringMatching(
        /^No controller runs here\. All is well: a is in sync with its documents/,
      ),
      networks: [
        {
          name: 'red',
          realisation: 'direct vepa',
          guests: 1,
          pool: [{ device: 'eth1', used: 1, capacity: 8 }],
        },
        { name: 'store', guests: 2 },
      ],
    });
    expect(
      status.devices.map(({ device, network, held, holders }) => [device, network, held, holders]),
    ).toEqual([
      ['db1-eth0', 'store', { is: 'held', pids: [tap.pid] }, { [tap.pid]: 'perl' }],
      ['db2-eth0', 'store', { is: 'free' }, {}],
      ['web1-eth0', 'red', { is: 'held', pids: [macvtap.pid] }, { [macvtap.pid]: 'perl' }],
    ]);
    expectUntouched(before, host.links());

    // A guest that git has moved away while it still runs here, and a device that somebody took away.
    host.want({
      host: {
        networks: {
          red: { type: 'direct', mode: 'vepa', pool: [{ device: 'eth1', maxGuests: 8 }] },
          store: { type: 'bridge', bridge: 'br-store', manage: true },
        },
      },
      guests: { db1: guest('store'), db2: guest('store') },
    });
    host.ns.exec('ip', 'link', 'delete', 'dev', 'db2-eth0');
    const drifted = await read();
    expect(drifted).toMatchObject({
      healthy: false,
      inSync: false,
      headline: 'No controller runs here. Not in sync: 1 change to make. Next: plumbline apply',
      waiting: [{ id: 'link:web1-eth0', why: 'leaving', guests: ['web1'] }],
    });
    expect(drifted.devices.map(({ device, network, held }) => [device, network, held?.is ?? null])).toEqual([
      ['db1-eth0', 'store', 'held'],
      ['db2-eth0', 'store', null],
      ['web1-eth0', null, 'held'],
    ]);
  });

  test('documents that are wrong, or not there, are told with what stands', async () => {
    const host = await kernelHost();
    host.want({
      host: { networks: { store: { type: 'bridge', bridge: 'br-store', manage: true } } },
      guests: { db1: guest('store') },
    });
    await host.converge();
    const { status, stdout } = await host.run([
      'status',
      `${host.directory}/nowhere`,
      '--host',
      'a',
      '-o',
      'json',
    ]);
    const told: Status = JSON.parse(stdout);
    expect([status, told.healthy]).toEqual([2, false]);
    expect(told.headline).toMatch(/^No controller runs here\. 1 problem: /);
    expect(told.devices).toMatchObject([{ device: 'db1-eth0', network: null, held: { is: 'free' } }]);
  });
});
