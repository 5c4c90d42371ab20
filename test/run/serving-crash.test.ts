import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { findProgram } from '../../src/tools/programs.ts';
import { describeNeeding } from '../support/requires.ts';
import type { FleetParts } from './fleet-files.ts';
import { guest } from './fleet-files.ts';
import { type ServingHost, servingHost } from './serving-host.ts';
import { expectHealed } from './unfinished.ts';

const SUBNETS = [
  {
    subnet: '10.20.0.0/24',
    gateway: '10.20.0.1',
    dhcp: {},
    routes: [{ to: '10.99.0.0/16', via: '10.20.0.254' }],
  },
  { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', slaac: true },
];

/** The way from each to the other makes, changes and removes all that serves a network. */
const FLEETS: [FleetParts, FleetParts] = [
  {
    networks: {
      lab: { addressing: SUBNETS },
      red: { addressing: [{ subnet: '10.30.0.0/24', gateway: '10.30.0.1', dhcp: {} }] },
    },
    host: {
      networks: {
        lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' },
        red: { type: 'direct', mode: 'bridge', pool: [{ device: 'eth1' }], serve: true },
      },
    },
    guests: { web1: guest('lab', { addresses: ['10.20.0.10'] }), web2: guest('red') },
  },
  {
    networks: {
      lab: { addressing: SUBNETS },
      blue: { addressing: [{ subnet: '10.40.0.0/24', gateway: '10.40.0.1', dhcp: {} }] },
    },
    host: {
      networks: {
        lab: { type: 'virtual', bridge: 'virbr-two', forward: 'isolated' },
        blue: { type: 'virtual', bridge: 'virbr-blue', forward: 'open' },
      },
    },
    guests: { web1: guest('blue'), web3: guest('lab', { addresses: ['10.20.0.11'] }) },
  },
];

/**
 * A PATH in which what changes a host kills plumbline at the n-th call: before or after the real program did its work,
 * which is not touched.
 */
function killing(directory: string, n: number, moment: 'before' | 'after'): { PATH: string } {
  const bin = join(directory, `kill-${moment}-${n}`);
  mkdirSync(bin);
  for (const program of ['ip', 'nft', 'dnsmasq']) {
    const real = findProgram(program);
    // Only looking is no moment: nothing has changed since the one before.
    const changes = { ip: '-batch', nft: '-f', dnsmasq: '--conf-file' }[program];
    const kill = 'kill -9 $PPID; exit 1';
    writeFileSync(
      join(bin, program),
      `#!/bin/sh
case "$*" in *${changes}*) ;; *) exec ${real} "$@" ;; esac
N=$(flock "${bin}/lock" sh -c 'n=$(cat "$1" 2>/dev/null || echo 0); echo $((n + 1)) | tee "$1"' sh "${bin}/calls")
[ "$N" = ${n} ] || exec ${real} "$@"
${moment === 'before' ? kill : `${real} "$@"; ${kill}`}
`,
      { mode: 0o755 },
    );
  }
  return { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
}

function served(host: ServingHost): string[] {
  return host
    .processes()
    .map(({ command }) => /\/dns\/([^/]+)\//.exec(command)?.[1] ?? command)
    .sort();
}

describeNeeding(['root', 'nft', 'dnsmasq'], 'a host that serves networks, killed at any moment', () => {
  it.each(['before', 'after'] as const)(
    '%s each call that changes it, heals',
    { timeout: 300_000 },
    async (moment) => {
      const host = await servingHost({ nics: ['eth1'] });
      host.want(FLEETS[0]);
      await host.converge();
      let kills = 0;
      for (let n = 1; kills === n - 1; n++) {
        host.want(FLEETS[n % 2] ?? FLEETS[0]);
        const { signal } = await host.run(
          ['apply', host.desired, '--host', 'a'],
          killing(host.directory, n, moment),
        );
        if (signal === 'SIGKILL') kills++;
        await expectHealed(host);
        expect(served(host)).toEqual(n % 2 === 0 ? ['lab', 'red'] : ['blue', 'lab']);
      }
      expect(kills).toBeGreaterThan(6);
      await host.run(['teardown', '--yes']);
      expect(host.processes()).toEqual([]);
      expect(host.ns.exec('nft', 'list', 'ruleset')).toBe('');
      expect(Object.keys(host.links()).sort()).toEqual(['eth0', 'eth1', 'lo']);
      expect(host.addresses('eth1')).toEqual([]);
    },
  );
});
