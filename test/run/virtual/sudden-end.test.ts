import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeNeeding } from '../../support/requires.ts';
import type { FleetParts } from '../fleet-files.ts';
import { guests } from '../fleet-files.ts';
import { expectConverged } from '../kernel-host.ts';
import { type ServingHost, servingHost } from '../serving-host.ts';

const ROUNDS = 14;

/** Six networks, of which the names, the ways and the guests differ. */
function fleet(odd: boolean): FleetParts {
  const names = Array.from({ length: 6 }, (_, n) => (n < 3 ? `net${n}` : `${odd ? 'odd' : 'even'}${n}`));
  const networks = names.map((name, n) => {
    const subnets = [
      { subnet: `10.${n}.0.0/24`, gateway: `10.${n}.0.${odd ? 1 : 2}`, dhcp: {} },
      { subnet: `fd00:${n}::/64`, gateway: `fd00:${n}::1`, slaac: true },
    ];
    return [name, { addressing: odd ? subnets : subnets.slice(0, 1) }];
  });
  const entries = names.map((name, n) => {
    const forward = (['nat', 'route', 'isolated'] as const)[(n + (odd ? 1 : 0)) % 3] ?? 'nat';
    return [name, { type: 'virtual', bridge: `virbr${n}`, forward } as const];
  });
  return {
    networks: Object.fromEntries(networks),
    host: { networks: Object.fromEntries(entries) },
    guests: { ...guests('a', 3, 'net0'), ...guests(odd ? 'o' : 'e', 3, names[4] ?? '') },
  };
}

/** Starts `apply` and kills it, with all that it started, after this many milliseconds; whether it was in time. */
async function applyUntil(host: ServingHost, milliseconds: number): Promise<boolean> {
  const child = host.start(['apply', host.desired, '--host', 'a']);
  const ended = new Promise<NodeJS.Signals | null>((done) => child.once('exit', (_, signal) => done(signal)));
  await Promise.race([sleep(milliseconds), ended]);
  child.kill('SIGKILL');
  return (await ended) === 'SIGKILL';
}

describeNeeding(['root', 'nft', 'dnsmasq'], 'an apply of virtual networks that is killed', () => {
  it('at whatever moment is finished by the next, and the last leaves nothing', {
    timeout: 300_000,
  }, async () => {
    const host = await servingHost();
    const before = Object.keys(host.links()).sort();
    host.want(fleet(true));
    const begun = Date.now();
    await host.converge();
    const whole = Date.now() - begun;
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      host.want(round % 4 === 3 ? { host: {} } : fleet(round % 2 === 1));
      // From its start to its end, evenly, which no two machines meet at the same step.
      if (await applyUntil(host, (whole * (round + 3)) / (ROUNDS + 3))) kills++;
      // Twice, as a machine that goes down over and over.
      if (round % 5 === 0) await applyUntil(host, whole / 2);
      if (round % 2 === 0) await host.converge();
    }
    expect(kills).toBeGreaterThan(0);
    host.want(fleet(false));
    await host.converge();
    await expectConverged(host);
    expect(host.processes()).toHaveLength(6);

    host.want({ host: {} });
    await host.converge();
    expect(host.processes()).toEqual([]);
    expect(host.ns.exec('nft', 'list', 'ruleset')).toBe('');
    expect(Object.keys(host.links()).sort()).toEqual(before);
  });
});
