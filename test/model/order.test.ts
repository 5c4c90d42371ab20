import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNatural } from '../../src/model/order.ts';

describe('the order of names for people', () => {
  it('counts numbers as numbers, wherever they stand', () => {
    const ordered = ['a', 'a-2', 'a-10', 'g1', 'g2', 'g2 eth1', 'g2 eth10', 'g10', 'g10a2', 'g10a10', 'h'];
    expect([...ordered].reverse().sort(compareNatural)).toEqual(ordered);
  });

  it('knows numbers of any length', () => {
    const ordered = ['9', '18446744073709551616', '18446744073709551617'];
    expect([...ordered].reverse().sort(compareNatural)).toEqual(ordered);
  });

  it('is an order of its own for names that differ in zeros alone', () => {
    expect(['g1', 'g001', 'g01'].sort(compareNatural)).toEqual(['g001', 'g01', 'g1']);
  });

  it('is total: every list has one order, whatever it was before', () => {
    const name = fc.string({ unit: fc.constantFrom('0', '1', '2', '9', 'a', 'b', '-', '.'), maxLength: 6 });
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareNatural(a, b))).toBe(0 - Math.sign(compareNatural(b, a)));
        expect(compareNatural(a, b) === 0).toBe(a === b);
        if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0)
          expect(compareNatural(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5_000 },
    );
  });
});
