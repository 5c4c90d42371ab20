import type { SpecOf } from '../../../src/desired/documents.ts';

/** One whose guests get macvtaps, and one whose guests get taps. */
export const RED_AND_OFFICE: NonNullable<SpecOf<'Host'>['networks']> = {
  red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
  office: { type: 'bridge', bridge: 'br0' },
};
