import * as z from 'zod';
import { isDocumentName } from '../model/tokens.ts';
import { isApprovalDigest } from './approvals.ts';
import { LONGEST_CLAIM } from './claims.ts';
import { LONGEST_PAUSE } from './duration.ts';
import type { Request } from './words.ts';

/** A request is one line of JSON of at most so many bytes. */
export const REQUEST_MAX = 16 * 1024;
const REASON_MAX = 500;

const oneGuest = z.string().refine(isDocumentName, 'a guest name');
const guest = oneGuest.nullable();

const REQUEST: z.ZodType<Request> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('status') }),
  z.strictObject({
    do: z.literal('pause'),
    guest,
    seconds: z.int().positive().max(LONGEST_PAUSE).nullable(),
    reason: z.string().max(REASON_MAX).nullable(),
  }),
  z.strictObject({ do: z.literal('resume'), guest }),
  z.strictObject({ do: z.literal('reconcile') }),
  z.strictObject({
    do: z.literal('approve'),
    digest: z.string().refine(isApprovalDigest, 'a digest of a plan, or the first 8 or more digits of it'),
  }),
  z.strictObject({
    do: z.literal('claim'),
    guest: oneGuest,
    seconds: z.int().positive().max(LONGEST_CLAIM).nullable(),
  }),
  z.strictObject({ do: z.literal('release'), guest: oneGuest }),
]);

/** What one line asks for, or in words why it asks for nothing that a controller knows. */
export function parseRequest(line: string): { request: Request } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { problem: 'the request is not one line of JSON' };
  }
  const parsed = REQUEST.safeParse(json);
  if (parsed.success) return { request: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  return { problem: `the request is not understood${where}: ${issue?.message ?? 'unknown'}` };
}
