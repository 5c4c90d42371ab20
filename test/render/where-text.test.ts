import { describe, expect, it } from 'vitest';
import type { ResolvedGuest } from '../../src/desired/fleet.ts';
import { reason } from '../../src/placement/reason.ts';
import { PlacementView } from '../../src/placement/view.ts';
import type { HostVerdict } from '../../src/placement/where.ts';
import { renderWhere } from '../../src/render/where-text.ts';
import { makeFleet } from '../support/fleet.ts';

function guest(): ResolvedGuest {
  const interfaces = [{ name: 'eth0', network: 'red' }];
  const fleet = makeFleet({
    networks: { red: {} },
    hosts: { a: {} },
    guests: { web: { host: 'a', interfaces } },
  });
  const found = new PlacementView(fleet, []).guest('web');
  if (found === undefined) throw new Error('no guest');
  return found;
}

const full = (host: string, count: number): HostVerdict => ({
  host,
  verdict: 'no',
  reasons: [reason('pool-full', 'red', `the pool of red is full: eth2 ${count} of ${count}`)],
});

const medium = { color: false, unicode: true, width: 60 };

describe('renderWhere', () => {
  it('folds hosts that differ in numbers only, and says whose numbers they are', () => {
    const text = renderWhere(guest(), [full('h1', 7), full('h10', 9), full('h2', 8)], medium);
    expect(text).toContain('\nNo: 3 hosts\n  h1, h2, h10\n');
    expect(text.replace(/\s+/g, ' ')).toContain('eth2 7 of 7 (so on h1; alike on the others)');
  });

  it('fits any terminal, and says as much in a narrow one', () => {
    const hosts = Array.from({ length: 900 }, (_, n) => full(`host-${n}`, 7));
    for (const width of [30, 60, 100]) {
      const text = renderWhere(guest(), hosts, { ...medium, width });
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(text.replace(/\s+/g, ' ')).toContain('pool-full the pool of red is full: eth2 7 of 7');
      expect(text).toMatch(/and 89\d more/);
    }
  });

  it('hands nothing to a terminal that it would act on', () => {
    const evil = { host: 'h1', verdict: 'no', reasons: [reason('host-invalid', '', 'x\x1b[2Jy')] } as const;
    expect(renderWhere(guest(), [evil], medium)).toContain('x\\x1b[2Jy');
  });
});
