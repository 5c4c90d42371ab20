import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PrintedList } from '../../../src/tools/ip/printed-list.ts';

/** Handed over in pieces that are cut at these places, in a buffer that is overwritten each time. */
function printed(text: string, cuts: readonly number[] = []): PrintedList {
  const list = new PrintedList(JSON.parse);
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const room = Buffer.alloc(bytes.length);
  places.slice(1).forEach((end, i) => {
    const length = bytes.copy(room, 0, places[i], end);
    list.take(room.subarray(0, length));
    room.fill(0x7b);
  });
  return list;
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('},{"ifindex":', '},{', '"', '\\', ']', 'ü🙂', '}]'),
);
const link = fc.record({
  ifindex: fc.nat(),
  ifname: hostile,
  ifalias: hostile,
  linkinfo: fc.record({ info_data: fc.dictionary(hostile, hostile, { maxKeys: 3 }) }),
  addr_info: fc.array(fc.record({ family: fc.constant('inet'), local: hostile }), { maxLength: 3 }),
});

test('links are the same however their print is cut', () => {
  fc.assert(
    fc.property(fc.array(link, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (links, cuts) => {
      expect(printed(`${JSON.stringify(links)}\n`, cuts).end()).toEqual(JSON.parse(JSON.stringify(links)));
    }),
  );
});

test('so is what is no list of links', () => {
  fc.assert(
    fc.property(fc.json(), fc.array(fc.nat(), { maxLength: 5 }), (text, cuts) => {
      expect(printed(text, cuts).end()).toEqual(JSON.parse(text));
    }),
  );
});

test('what is parsed piece by piece is parsed once', () => {
  const texts: string[] = [];
  const list = new PrintedList((text) => {
    texts.push(text);
    return JSON.parse(text);
  });
  for (const piece of ['[{"ifindex":1},{"if', 'index":2},{"ifindex"', ':3}]\n'])
    list.take(Buffer.from(piece));
  expect(list.end()).toEqual([{ ifindex: 1 }, { ifindex: 2 }, { ifindex: 3 }]);
  expect(texts).toEqual(['[{"ifindex":1}]', '[{"ifindex":2}]', '[{"ifindex":3}]\n']);
});

test.each([
  ['in the middle', '[{"ifindex":1},{"ifindex":,},{"ifindex":3}]'],
  ['at the beginning', '[{"ifindex":},{"ifindex":2},{"ifindex":3}]'],
  ['at the end', '[{"ifindex":1},{"ifindex":2'],
])('what cannot be parsed %s is told at the end', (_, text) => {
  for (const cuts of [[], [16], [16, 30]]) {
    const list = printed(text, cuts);
    expect(() => list.end()).toThrow(SyntaxError);
  }
});
