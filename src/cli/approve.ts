import { isApprovalDigest } from '../controller/approvals.ts';
import { askAndSay } from './ask.ts';
import { UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** `plumbline approve DIGEST`: lets one plan go ahead that invariants 4 or 10 hold. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('approve', argv);
  const hint = "'plumbline status' shows the digest of the plan that waits";
  const digest = options.digest.toLowerCase();
  if (!isApprovalDigest(digest)) {
    throw new UsageError('approve', `'${options.digest}' is no digest: 8 to 32 digits of 0-9 and a-f`, hint);
  }
  return askAndSay({ do: 'approve', digest }, io);
}
