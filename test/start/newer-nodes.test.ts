import { expect, test } from 'vitest';
import { watchedHost } from '../controller/watch/watched-host.ts';
import { type FleetParts, guest, guests, managedBridge, managedSwitch } from '../run/fleet-files.ts';
import { newerNodes } from '../support/newer-nodes.ts';
import { runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

/** A tool of every sort has its part. */
const FLEET: FleetParts = {
  networks: {
    lab: {
      addressing: [
        { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: { ranges: ['10.20.0.100-10.20.0.199'] } },
      ],
    },
  },
  host: {
    networks: {
      red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
      s: managedBridge('br-s', ['eth1']),
      t: managedSwitch('sw'),
      lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' },
    },
  },
  guests: { ...guests('r', 2, 'red'), s1: guest('s'), t1: guest('t'), l1: guest('lab') },
};

describeNeeding(['root', 'ovs', 'nft', 'dnsmasq', 'nodes'], 'on a newer Node', () => {
  test.each(newerNodes())('%s: commands and a controller do the same and say no more', async (_, node) => {
    const host = await watchedHost({ node, nics: ['p0', 'eth1'], ovs: true });
    const quietly = async (...argv: string[]) => {
      const { stdout, ...end } = await host.run(argv);
      expect({ argv, ...end }).toEqual({ argv, status: 0, signal: null, stderr: '' });
      return stdout;
    };
    host.want(FLEET);
    const fleet = [host.desired, '--host', 'a'];
    const here = await runProgram(process.execPath, [host.program[1] ?? '', '--help']);
    expect(await quietly('--help')).toBe(here.stdout);
    expect(await quietly('check', host.desired)).toContain('Valid:');
    expect(await quietly('plan', ...fleet)).toContain('to create');
    expect(await quietly('apply', ...fleet)).toContain('Converged:');
    expect(await quietly('plan', ...fleet, '--exit-code')).toContain('In sync');
    expect(await quietly('history')).toContain('by hand');

    // The controller goes on with what stands.
    const before = host.links();
    const watching = await host.watch();
    await watching.reaches(host.commit({ ...FLEET, guests: { ...FLEET.guests, s2: guest('s') } }));
    await host.stands('s2-eth0');
    expect(host.links()['s1-eth0']?.ifindex).toBe(before['s1-eth0']?.ifindex);
    expect(await quietly('status')).toContain('in sync');
    expect(await watching.end()).toBe(0);
    for (const line of watching.log().trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();

    expect(await quietly('teardown', '--yes')).toContain('Converged:');
    expect(Object.keys(host.links()).sort()).toEqual(['eth1', 'far-eth1', 'far-p0', 'lo', 'p0']);
  });
});
