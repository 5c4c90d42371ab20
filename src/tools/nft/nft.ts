import { ToolMissing } from '../programs.ts';
import { runTool } from '../spawn.ts';
import { withInputFile } from './input-file.ts';
import { FAMILY, TABLE } from './table.ts';

/** nft waits for nobody but the kernel's lock on its transactions. */
const TIMEOUT_MS = 60_000;

export type NftAnswer = { ok: true; json: unknown } | { ok: false; message: string };

/**
 * One `nft -j list …` of this network namespace. Protocols are numbers (`-p`), for their names are in /etc/protocols,
 * which a small host may not have. Throws ToolMissing and ToolTimeout.
 */
export async function listNft(...what: string[]): Promise<NftAnswer> {
  const args = ['-j', '-p', 'list', ...what];
  const { exitCode, stdout, stderr } = await runTool('nft', args, { timeoutMs: TIMEOUT_MS, harmless: true });
  if (exitCode !== 0) return { ok: false, message: firstError(stderr) };
  try {
    return { ok: true, json: JSON.parse(stdout) };
  } catch {
    return { ok: false, message: `nft ${args.join(' ')} printed no valid JSON: ${stdout.slice(0, 80)}` };
  }
}

/** Commands as one transaction: all of them or none. null when they were carried out, else why not. */
export async function commitNft(commands: readonly unknown[]): Promise<string | null> {
  return withInputFile(JSON.stringify({ nftables: commands }), async (inherit) => {
    // The program has it as number 3.
    const args = ['-j', '-f', '/proc/self/fd/3'];
    const { exitCode, stderr } = await runTool('nft', args, { inherit, timeoutMs: TIMEOUT_MS });
    return exitCode === 0 ? null : firstError(stderr);
  });
}

/** The table of ours as nft lists it; null where there is none. Throws NftUnavailable. */
export async function listTable(): Promise<unknown> {
  const answer = await listNft('table', FAMILY, TABLE);
  if (answer.ok) return answer.json;
  // ENOENT, in nft's words: the one sign that there is none.
  if (answer.message.includes('No such file or directory')) return null;
  throw new NftUnavailable(`the firewall cannot be read: ${answer.message}`);
}

/** nft could not tell what is in the kernel. */
export class NftUnavailable extends Error {
  override name = 'NftUnavailable';
}

export function isUnavailable(error: unknown): error is Error {
  return error instanceof NftUnavailable || error instanceof ToolMissing;
}

/** nft says where in its input an error is, which means nothing to who never sees that input. */
function firstError(stderr: string): string {
  const line = stderr.split('\n').find((one) => one.trim() !== '') ?? 'nft said nothing';
  return line.replace(/^.*?Error: /, '').trim();
}
