import * as z from 'zod';

/** Of a problem or a message that somebody else's program sent, so much is shown. */
const text = z.string().max(100_000);

const held = z.object({ is: z.enum(['free', 'held', 'unknown']) });

/** As much of `Status` as a move looks at. What a host sends is anybody's text until it fits this. */
const REPORT = z.object({
  version: z.literal(1),
  host: text.nullable(),
  controller: z.boolean(),
  applied: text.nullable(),
  rejected: z
    .object({
      revision: text.nullable(),
      problems: z.array(z.object({ severity: z.string(), message: text })),
    })
    .nullable(),
  onTrial: z.object({ revision: text.nullable() }).nullable(),
  paused: z.array(z.object({ guest: text.nullable(), reason: text.nullable() })),
  devices: z.array(z.object({ guest: text, held: held.nullable() })),
  waiting: z.array(z.object({ guests: z.array(text), why: text, text })),
  moves: z.array(
    z.object({
      guest: text,
      role: z.enum(['source', 'destination']),
      ready: z.boolean(),
      why: text.nullable(),
      released: z.boolean(),
    }),
  ),
});

export type HostReport = z.infer<typeof REPORT>;

/** Reads a status as JSON; why it is none, in words, otherwise. */
export function readReport(status: unknown): HostReport | { not: string } {
  const parsed = REPORT.safeParse(status);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  return { not: where === '' ? 'no status' : `no status of this release: its ${where} is not understood` };
}
