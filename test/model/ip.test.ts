import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS_BITS,
  addressBlock,
  addressValue,
  contains,
  type Family,
  familyOf,
  firstAddress,
  lastAddress,
  networkOf,
  normalAddress,
  normalPrefix,
  overlap,
  prefixBlock,
  prefixLength,
  rangeBlock,
  sizeOf,
} from '../../src/model/ip.ts';

const anyFamily = fc.constantFrom<Family>(4, 6);
const addressOf = (family: Family) => (family === 4 ? fc.ipV4() : fc.ipV6());
const address = anyFamily.chain(addressOf);
const prefix = anyFamily.chain((family) =>
  fc
    .tuple(addressOf(family), fc.integer({ min: 0, max: ADDRESS_BITS[family] }))
    .map(([text, length]) => `${text}/${length}`),
);
/** Prefixes near to one another, so that some overlap. */
const near = fc
  .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 20, max: 32 }))
  .map(([value, length]) => networkOf(`10.0.${value >> 8}.${value & 255}`, length));

describe('addresses', () => {
  it.each([
    ['FD00:0020:0:0:0:0:0:1', 'fd00:20::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
  ])('%s is written %s', (text, normal) => {
    expect(normalAddress(text)).toBe(normal);
  });

  it('have one form, that of URLs', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(normalAddress(text)).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
    );
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(groups, groups, (left, right) => {
        fc.pre(left.length + right.length <= 7);
        const text = [left, right].map((part) => part.map((one) => one.toString(16)).join(':')).join('::');
        expect(normalAddress(text)).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(normalAddress(text)).toBe(text);
      }),
    );
  });

  it('are their number', () => {
    expect(addressValue('10.20.0.5')).toBe(0x0a140005n);
    expect(addressValue('fd00::5')).toBe((0xfd00n << 112n) + 5n);
    fc.assert(
      fc.property(address, (text) => {
        const block = addressBlock(text);
        expect(firstAddress(block)).toBe(normalAddress(text));
        expect(lastAddress(block)).toBe(normalAddress(text));
        expect(sizeOf(block)).toBe(1n);
        expect(block.family).toBe(familyOf(text));
      }),
    );
  });
});

describe('prefixes', () => {
  it.each([
    ['10.20.0.7/24', '10.20.0.0', '10.20.0.255', 256n],
    ['10.20.0.7/0', '0.0.0.0', '255.255.255.255', 1n << 32n],
    ['10.20.0.7/32', '10.20.0.7', '10.20.0.7', 1n],
    ['10.20.0.7/31', '10.20.0.6', '10.20.0.7', 2n],
    ['fd00:20::9/64', 'fd00:20::', 'fd00:20::ffff:ffff:ffff:ffff', 1n << 64n],
    ['fd00::ff/125', 'fd00::f8', 'fd00::ff', 8n],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 1n << 128n],
  ])('%s goes from %s to %s', (text, first, last, size) => {
    const block = prefixBlock(text);
    expect([firstAddress(block), lastAddress(block), sizeOf(block)]).toEqual([first, last, size]);
  });

  it('hold what node:net says that they hold', () => {
    fc.assert(
      fc.property(prefix, address, (text, other) => {
        const word = (family: Family) => (family === 4 ? 'ipv4' : 'ipv6');
        const list = new BlockList();
        list.addSubnet(text.split('/')[0] ?? '', prefixLength(text), word(familyOf(text)));
        const expected = familyOf(text) === familyOf(other) && list.check(other, word(familyOf(other)));
        expect(contains(prefixBlock(text), addressBlock(other))).toBe(expected);
      }),
    );
  });

  it('begin at their network', () => {
    expect(networkOf('192.0.2.130', 25)).toBe('192.0.2.128/25');
    expect(networkOf('fd00:0:0:1::f', 60)).toBe('fd00::/60');
    expect(normalPrefix('FD00:0::1/064')).toBe('fd00::1/64');
    fc.assert(
      fc.property(prefix, (text) => {
        const network = networkOf(text.split('/')[0] ?? '', prefixLength(text));
        expect(prefixBlock(network)).toEqual(prefixBlock(text));
        expect(normalPrefix(network)).toBe(network);
        expect(network.startsWith(`${firstAddress(prefixBlock(text))}/`)).toBe(true);
      }),
    );
  });

  it('of which two overlap hold one another', () => {
    fc.assert(
      fc.property(near, near, (a, b) => {
        const [left, right] = [prefixBlock(a), prefixBlock(b)];
        expect(overlap(left, right)).toBe(contains(left, right) || contains(right, left));
        expect(overlap(left, right)).toBe(overlap(right, left));
      }),
    );
    expect(overlap(prefixBlock('0.0.0.0/0'), prefixBlock('::/0'))).toBe(false);
  });
});

describe('ranges', () => {
  it('have both ends, in order and of one family', () => {
    expect(rangeBlock({ first: '10.0.0.9', last: '10.0.0.10' })).toEqual({
      family: 4,
      first: 0x0a000009n,
      last: 0x0a00000an,
    });
    expect(rangeBlock({ first: '10.0.0.10', last: '10.0.0.9' })).toBeNull();
    expect(rangeBlock({ first: '10.0.0.10', last: 'fd00::1' })).toBeNull();
    fc.assert(
      fc.property(prefix, (text) => {
        const block = prefixBlock(text);
        expect(rangeBlock({ first: firstAddress(block), last: lastAddress(block) })).toEqual(block);
      }),
    );
  });
});
