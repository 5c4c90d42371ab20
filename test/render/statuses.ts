import type { Status } from '../../src/model/status.ts';
import type { StatusOptions } from '../../src/render/status-text.ts';

export const NOW = Date.parse('2026-03-01T10:00:00Z');
export const ago = (ms: number) => new Date(NOW - ms).toISOString();
export const REVISION = '3f2a91c0d5f1f0a4b3c2d1e0f9a8b7c6d5e4f3a2';
export const SUMMARY = { create: 0, update: 0, replace: 0, delete: 0, held: 0, skipped: 0 };

export const WELL: Status = {
  version: 1,
  host: 'kvm-a',
  controller: true,
  pid: 812,
  headline: 'All is well: kvm-a is in sync with 3f2a91c (2 networks, 3 guests)',
  healthy: true,
  source: {
    description: 'the head of main in /etc/plumbline',
    seen: REVISION,
    fetchedAt: ago(12_000),
    trouble: null,
  },
  applied: REVISION,
  rejected: null,
  onTrial: null,
  inSync: true,
  inSyncSince: null,
  paused: [],
  networks: [
    {
      name: 'red-network',
      realisation: 'direct vepa',
      guests: 13,
      undecided: 0,
      pool: [
        { device: 'front0', link: 'eth2', used: 7, capacity: 8, strangers: 2 },
        { device: 'eth3', link: 'eth3', used: 8, capacity: 8, strangers: 0 },
        { device: 'eth4', link: null, used: 0, capacity: null, strangers: 0 },
      ],
    },
    { name: 'store', realisation: 'bridge br-store', guests: 1, undecided: 0, pool: [] },
  ],
  devices: [
    {
      guest: 'db1',
      interface: 'eth0',
      network: 'store',
      device: 'db1-eth0',
      held: { is: 'free' },
      holders: {},
    },
    {
      guest: 'web1',
      interface: 'eth0',
      network: 'red-network',
      device: 'web1-eth0',
      held: { is: 'held', pids: [4121] },
      holders: { 4121: 'qemu-system-x86' },
    },
  ],
  waiting: [],
  approvable: null,
  moves: [],
  claims: [],
  contended: [],
  runs: [
    {
      at: ago(120_000),
      duration: 213,
      triggers: ['links'],
      revision: REVISION,
      summary: { ...SUMMARY, create: 1 },
      status: 0,
    },
  ],
  problems: [],
};

export const DEGRADED: Status = {
  ...WELL,
  headline:
    'Revision 9be01aa is rejected here: no such network (guests/web1.yaml:9); the host stays at 3f2a91c',
  healthy: false,
  source: {
    description: 'branch main of ssh://git.example/fleet',
    seen: '9be01aa0d5f1',
    fetchedAt: ago(3_700_000),
    trouble: 'git.example cannot be reached',
  },
  rejected: {
    revision: '9be01aa0d5f1',
    why: 'invalid',
    at: ago(60_000),
    retryAt: null,
    problems: [
      {
        code: 'unknown-network',
        severity: 'error',
        message: 'no such network',
        source: { file: 'guests/web1.yaml', line: 9, column: 3 },
        hint: 'did you mean red-network?',
      },
    ],
  },
  inSync: false,
  paused: [{ guest: 'db1', until: ago(-5_400_000), reason: 'disk swap', since: ago(0) }],
  devices: [
    ...WELL.devices,
    {
      guest: 'web2',
      interface: 'eth0',
      network: 'red-network',
      device: 'web2-eth0',
      held: null,
      holders: {},
    },
    {
      guest: 'gone',
      interface: 'eth0',
      network: null,
      device: 'gone-eth0',
      held: { is: 'unknown', why: 'no right to look' },
      holders: {},
    },
  ],
  waiting: [
    {
      id: 'link:gone-eth0',
      guests: ['gone'],
      why: 'leaving',
      text: 'gone eth0 tap gone-eth0: it still runs here',
    },
    {
      id: 'link:cache-eth0',
      guests: ['cache'],
      why: 'held',
      text: 'cache eth0 tap cache-eth0: needs a new device',
    },
    {
      id: 'link:web2-eth0',
      guests: ['web2'],
      why: 'failed',
      text: 'web2 eth0 macvtap web2-eth0: no such device',
    },
  ],
  approvable: '0123456789abcdef0123456789abcdef',
};

export const OPTIONS: StatusOptions = {
  color: false,
  unicode: true,
  width: 110,
  height: Number.POSITIVE_INFINITY,
  now: NOW,
};
