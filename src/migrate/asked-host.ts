import { CLAIM_SECONDS } from '../controller/claims.ts';
import { askController } from '../controller/socket-client.ts';
import type { Request } from '../controller/words.ts';
import { messageOf } from '../tools/result.ts';
import { runTool, type ToolResult } from '../tools/spawn.ts';
import { type HostAddress, sshWords } from './host-address.ts';
import { type HostReport, readReport } from './host-report.ts';

/** A host of a move, by whatever way its controller is reached. */
export interface AskedHost {
  name: string;
  /** Its status now, or why it cannot be had. Never rejects. */
  status(): Promise<HostReport | { not: string }>;
  /** Has its controller look at git now. Whether it does is seen by its status. Never rejects. */
  reconcile(): Promise<void>;
  /** Has the devices of a guest raised that it runs on after all; returns why they could not be. Never rejects. */
  raise(guest: string): Promise<string | null>;
}

/** Milliseconds; a controller that is in the middle of a run answers a status at once, all else when that is over. */
const STATUS_MS = 20_000;
const RUN_MS = 60_000;

export function askedHost(name: string, address: HostAddress): AskedHost {
  return address.is === 'unix' ? bySocket(name, address.path) : bySsh(name, address);
}

function bySocket(name: string, path: string): AskedHost {
  const ask = async (request: Request, timeoutMs: number) => {
    const answer = await askController(path, request, { timeoutMs });
    if (answer === null) throw new Error(`no controller listens at ${path}`);
    if (!answer.ok) throw new Error(answer.message);
    return answer;
  };
  return {
    name,
    status: () => told(async () => readReport((await ask({ do: 'status' }, STATUS_MS)).status)),
    reconcile: () => quietly(() => ask({ do: 'reconcile' }, RUN_MS)),
    raise: (guest) => whyNot(() => ask({ do: 'claim', guest, seconds: CLAIM_SECONDS }, RUN_MS)),
  };
}

function bySsh(name: string, address: Extract<HostAddress, { is: 'ssh' }>): AskedHost {
  const run = (words: readonly string[], timeoutMs: number) =>
    runTool('ssh', sshWords(address, words), { timeoutMs, harmless: true });
  return {
    name,
    status: () => told(async () => statusOf(await run(['status', '-o', 'json'], STATUS_MS))),
    reconcile: () => quietly(() => run(['reconcile'], RUN_MS)),
    raise: (guest) =>
      whyNot(async () => {
        const result = await run(['claim', guest], RUN_MS);
        if (result.exitCode !== 0) throw new Error(wordsOf(result));
      }),
  };
}

/** A status of a host where something is to be looked at comes with 1, and one without a controller with 2. */
function statusOf(result: ToolResult): HostReport | { not: string } {
  if (result.exitCode > 2) return { not: wordsOf(result) };
  let json: unknown;
  try {
    json = JSON.parse(result.stdout);
  } catch {
    return { not: wordsOf(result) };
  }
  return readReport(json);
}

/** What ssh or the program there said last; whatever greets people comes before it. */
function wordsOf({ exitCode, stderr }: ToolResult): string {
  const last = stderr
    .trim()
    .split(/[\r\n]+/)
    .at(-1);
  if (last) return last.slice(0, 500);
  return exitCode === 255
    ? 'ssh does not get there'
    : `plumbline there exits with ${exitCode} and says nothing`;
}

async function told(ask: () => Promise<HostReport | { not: string }>): Promise<HostReport | { not: string }> {
  return ask().catch((error: unknown) => ({ not: messageOf(error) }));
}

async function quietly(ask: () => Promise<unknown>): Promise<void> {
  await ask().catch(() => {});
}

async function whyNot(ask: () => Promise<unknown>): Promise<string | null> {
  return ask().then(
    () => null,
    (error: unknown) => messageOf(error),
  );
}
