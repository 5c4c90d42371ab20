import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonFrames } from '../../../src/tools/ovsdb/framing.ts';

test('messages come out whole, wherever the stream is cut', () => {
  const message = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (messages, cuts) => {
        const bytes = Buffer.from(messages.map((m) => JSON.stringify(m)).join(''));
        const frames = new JsonFrames();
        const texts: string[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = cuts.next().value ?? 1;
          texts.push(...frames.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(texts.map((text) => JSON.parse(text))).toEqual(
          messages.map((m) => JSON.parse(JSON.stringify(m))),
        );
      },
    ),
  );
});

test('what is no series of objects is refused', () => {
  expect(() => new JsonFrames().push(Buffer.from('HTTP/1.1 400'))).toThrow('no JSON object');
});
