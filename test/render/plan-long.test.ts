import { describe, expect, it } from 'vitest';
import * as sample from './plan-samples.ts';
import { DIRECT, text } from './plan-shown.ts';

describe('long plans', () => {
  const thousand = Array.from({ length: 1000 }, (_, i) =>
    sample.create('link', `vm${i}-eth0`, sample.macvtap('eth3'), { guests: [`vm${i}`] }),
  );

  it('folds equal, harmless lines', () => {
    const lines = text(sample.plan([DIRECT], thousand)).split('\n');
    expect(lines.filter((line) => line.startsWith('  + '))).toHaveLength(40);
    expect(lines).toContain('    … and 960 more like these (-o json lists all)');
  });

  it('tells one cause with the first that it keeps, how many more and who they are', () => {
    const held = thousand.map((change, i) => ({
      ...change,
      gate: {
        is: 'held' as const,
        why: 'guestRuns' as const,
        held: { is: 'held' as const, pids: [4000 + i] },
      },
    }));
    const report = text(sample.plan([DIRECT], held));
    expect(report.match(/^ !\+ /gm)).toHaveLength(10);
    expect(report).toContain(
      '    … and 990 more for the same reason: vm10, vm11, vm12, vm13, vm14 and 985 more (-o json lists all)\n' +
        '        → done once the device is let go',
    );

    const plan = sample.plan([DIRECT], thousand);
    const skipped = { result: 'skipped', message: 'needs br0, which failed' } as const;
    const failed = {
      result: 'failed',
      message: 'RTNETLINK answers: File exists\nCommand failed -:7',
    } as const;
    const outcomes = new Map(plan.changes.map((c, i) => [c.id, i % 2 === 0 ? skipped : failed]));
    const after = text(plan, { outcomes });
    expect(after.match(/^ !\+ /gm)).toHaveLength(10);
    expect(after.match(/^ x\+ /gm)).toHaveLength(10);
    expect(after.match(/… and 490 more for the same reason/g)).toHaveLength(2);
    expect(after.split('\n').length).toBeLessThan(70);
  });

  it('does not fold causes that differ', () => {
    const taken = thousand.map((change, i) => ({
      ...change,
      gate: { is: 'taken', why: `${change.name} is a ${i < 500 ? 'veth' : 'bridge'} of somebody` } as const,
    }));
    expect(text(sample.plan([DIRECT], taken)).match(/^ !\+ /gm)).toHaveLength(20);
    const few = taken.slice(494, 506);
    expect(text(sample.plan([DIRECT], few)).match(/^ !\+ /gm)).toHaveLength(12);
  });

  it('folds problems of one cause, and says once what would resolve them', () => {
    const problems = thousand.map((_, i) => ({
      code: i % 2 === 0 ? 'pool-full' : 'mtu-above-parent',
      severity: i % 2 === 0 ? ('error' as const) : ('warning' as const),
      message: `no room for vm${i} eth0`,
      source: { file: `vm${i}.yaml`, line: 1, column: 1 },
      hint: i % 2 === 0 ? 'add a device' : `lower the MTU of eth${i}`,
    }));
    const lines = text({ ...sample.plan([DIRECT], []), problems }).split('\n');
    expect(lines.filter((line) => line.startsWith(' x '))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith(' ! '))).toHaveLength(10);
    expect(lines.filter((line) => line.includes('→'))).toEqual([
      '     → add a device',
      ...[1, 3, 5, 7, 9, 11, 13, 15, 17, 19].map((i) => `     → lower the MTU of eth${i}`),
    ]);
    expect(lines).toContain('    … and 490 more of [pool-full] (-o json lists all)');
  });

  it('tells apart what differs in a number that is part of a name', () => {
    const missing = thousand.slice(0, 30).map((change, i) => ({
      ...change,
      gate: {
        is: 'blocked' as const,
        on: [],
        why: `${change.name} needs the bridge br${i % 2}, which does not stand on this host`,
      },
    }));
    const report = text(sample.plan([DIRECT], missing));
    expect(report.match(/^ !\+ /gm)).toHaveLength(20);
    expect(report.match(/… and 5 more for the same reason/g)).toHaveLength(2);
    expect(report).toContain('needs the bridge br1,');
  });

  it('folds no problem of one network with that of another for their hint alone', () => {
    const problems = thousand.slice(0, 30).map((_, i) => ({
      code: 'pool-full',
      severity: 'error' as const,
      message: `vm${i} eth0: no device of the pool of red${i % 2} can take it here`,
      source: null,
      about: [`Guest/vm${i}`],
      hint: 'macvtaps of strangers take places too',
    }));
    const report = text({ ...sample.plan([DIRECT], []), problems });
    expect(report.match(/… and 5 more of \[pool-full\]/g)).toHaveLength(2);
    expect(report.match(/→ /g)).toHaveLength(1);
  });

  it('names each of twenty that differ in a number only', () => {
    const problems = Array.from({ length: 20 }, (_, i) => ({
      code: 'device-missing',
      severity: 'error' as const,
      message: `network n${i}: the uplink eth${i} is not on this host`,
      source: null,
      hint: 'plug it in',
    }));
    const lines = text({ ...sample.plan([DIRECT], []), problems }).split('\n');
    expect(lines.filter((line) => line.startsWith(' x '))).toHaveLength(20);
    expect(lines.filter((line) => line.includes('more'))).toEqual([]);
  });

  it('shows what cuts running guests before what nobody notices', () => {
    const guarded = thousand.slice(0, 30).map((change, i) => ({
      ...change,
      action: 'update' as const,
      reason: i < 15 ? 'differs' : 'follows',
      impact: i < 15 ? ('rewire' as const) : ('interrupt' as const),
      running: i < 15 ? [] : change.guests,
      gate: { is: 'held' as const, why: 'guard' as const, held: null },
    }));
    const rows = text(sample.plan([DIRECT], guarded)).match(/^ !~ .*$/gm) ?? [];
    expect(rows).toHaveLength(20);
    expect(rows.slice(0, 10).filter((row) => row.includes('would interrupt'))).toHaveLength(10);
  });

  it('says of each problem what would resolve that one', () => {
    const problems = ['eth2', 'eth3'].map((device) => ({
      code: 'pool-device-down',
      severity: 'warning' as const,
      message: `the pool device ${device} is down`,
      source: null,
      hint: `ip link set dev ${device} up`,
    }));
    const report = text({ ...sample.plan([DIRECT], []), problems });
    expect(report).toContain('→ ip link set dev eth2 up');
    expect(report).toContain('→ ip link set dev eth3 up');
  });

  it.each([
    ['paused', 'Left alone: paused (plumbline resume ends that)'],
    ['contended', 'Left alone for a while: somebody else keeps changing it back'],
  ] as const)('says what is %s, and what waits for that', (why, heading) => {
    const bridge = sample.create('link', 'br-a', sample.tap());
    const tap = sample.create('link', 'a-eth0', sample.tap(), { guests: ['a'] });
    const report = text(
      sample.plan(
        [DIRECT],
        [
          { ...bridge, gate: { is: 'held', why, held: null } },
          { ...tap, gate: { is: 'blocked', on: ['link:br-a'], why: 'needs br-a, which is held' } },
        ],
      ),
    );
    const lines = report.split('\n');
    const at = lines.indexOf(heading);
    expect(at).toBeGreaterThan(0);
    expect(lines.slice(at + 1, at + 3)).toEqual([
      expect.stringMatching(/^ !\+ .*br-a .*missing$/),
      expect.stringMatching(/^ !\+ .*a-eth0 .*needs br-a, which is held/),
    ]);
  });

  it('shows less of each network the more there are', () => {
    const networks = Array.from({ length: 100 }, (_, i) => sample.network(`net${i}`, 'bridge br0', 10));
    const changes = thousand.map((change, i) => ({ ...change, network: `net${i % 100}` }));
    const lines = text(sample.plan(networks, changes)).split('\n');
    expect(lines.filter((line) => line.startsWith('  + '))).toHaveLength(200);
  });
});
