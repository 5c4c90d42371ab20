import type { OvsOp } from '../../model/step.ts';
import { waitForLink } from '../ip/appear.ts';
import { isObject } from '../json.ts';
import { DONE, failed, messageOf, type StepResult } from '../result.ts';
import { type Addition, checkAdditions } from './additions.ts';
import { checkBridges, type SetBridge } from './bridges-carried.ts';
import { ANNOUNCE, announced, waitUntilTaken } from './configuration.ts';
import type { OvsdbConnection } from './connection.ts';
import { deleteBridge } from './delete-bridge.ts';
import { OvsdbRefused } from './errors.ts';
import { type Part, partOf } from './operations.ts';
import { readRows, readText, readUuid } from './values.ts';

export interface OvsContext {
  /** The index of a link that stands now, null for none. */
  indexOf(link: string): number | null;
  /** Asked before each transaction; ops that were not come to are absent from the result. */
  stop?(): boolean;
  /** How long ovs-vswitchd may take for one transaction. */
  timeoutMs?: number;
}

export interface KeyedOp {
  key: string;
  op: OvsOp;
}

/** 100 ports are up after 60 ms, and a stop is asked for between two transactions. */
const WRITES_AT_ONCE = 100;
/**
 * Each removal halts the userspace data path for a grace period of 12.5 ms, more on a busy host. Others' longest gap must
 * not exceed 0.2 s. Removing 500 with six busy programs beside on two cores it was 0.15 to 0.18 s by five and 0.16 to
 * 0.7 s by eight; idle, 0.17 s by ten. All of it takes as long either way.
 */
const DELETIONS_AT_ONCE = 5;
const TIMEOUT_MS = 10_000;

/**
 * Carries out the ops in order, in as few transactions as the data path bears, and waits after each until ovs-vswitchd
 * has taken it up. An op that is refused is left out and the rest of its transaction tried again, so one failure is
 * one failure. A port or bridge that the data path refuses is removed again: a failed addition leaves nothing.
 * When the database or ovs-vswitchd no longer answers, all that is left fails with that reason.
 */
export async function runOvs(
  connection: OvsdbConnection,
  ops: readonly KeyedOp[],
  context: OvsContext,
): Promise<Map<string, StepResult>> {
  const results = new Map<string, StepResult>();
  const run = new OvsRun(connection, context, results);
  for (const chunk of chunksOf(ops)) {
    if (context.stop?.()) break;
    try {
      await run.chunk(chunk);
    } catch (error) {
      // Of these nobody can say whether they have effect; the next observation can.
      for (const { key } of ops) if (!results.has(key)) results.set(key, failed(messageOf(error)));
      break;
    }
  }
  return results;
}

class OvsRun {
  private readonly connection: OvsdbConnection;
  private readonly context: OvsContext;
  private readonly results: Map<string, StepResult>;

  constructor(connection: OvsdbConnection, context: OvsContext, results: Map<string, StepResult>) {
    this.connection = connection;
    this.context = context;
    this.results = results;
  }

  async chunk(ops: readonly KeyedOp[]): Promise<void> {
    const writes: { key: string; part: Part }[] = [];
    for (const [number, { key, op }] of ops.entries()) {
      if (op.do === 'deleteBridge') {
        this.results.set(key, await this.attempt(() => deleteBridge(this.connection, op.uuid)));
        continue;
      }
      const link = op.do === 'addPort' ? op.link : null;
      const ifindex = link === null ? null : this.context.indexOf(link);
      if (link !== null && ifindex === null) {
        this.results.set(key, failed(`there is no link ${link} to make a port of`));
        continue;
      }
      writes.push({ key, part: partOf(op, number, ifindex) });
    }
    await this.write(writes);
    await this.appeared(ops);
  }

  /** What follows counts on the links that ovs-vswitchd makes for internal ports. */
  private async appeared(ops: readonly KeyedOp[]): Promise<void> {
    for (const { key, op } of ops) {
      if (op.do !== 'addPort' || op.link !== null || this.results.get(key)?.ok !== true) continue;
      this.results.set(key, await waitForLink(op.name));
    }
  }

  /** One transaction; again without the part that was refused, or one by one where it was the whole. */
  private async write(writes: readonly { key: string; part: Part }[]): Promise<void> {
    let rest = writes;
    while (rest.length > 0) {
      try {
        const operations = rest.flatMap((write) => write.part.operations);
        const outcome = await this.connection.transact([...operations, ...ANNOUNCE]);
        await this.taken(announced(outcome));
        await this.confirm(rest, outcome);
        return;
      } catch (error) {
        if (!(error instanceof OvsdbRefused)) throw error;
        const culprit = culpritOf(rest, error);
        if (culprit !== null) {
          this.results.set(culprit.key, failed(culprit.message));
          rest = rest.filter((write) => write.key !== culprit.key);
        } else if (rest.length === 1) {
          for (const { key } of rest) this.results.set(key, failed(error.message));
          return;
        } else {
          for (const write of rest) await this.write([write]);
          return;
        }
      }
    }
  }

  /** What the data path made of the additions and of the bridges that were set, by ovs-vswitchd's own words. */
  private async confirm(
    writes: readonly { key: string; part: Part }[],
    outcome: readonly unknown[],
  ): Promise<void> {
    const additions: Addition[] = [];
    const bridges: SetBridge[] = [];
    let offset = 0;
    for (const { key, part } of writes) {
      if (part.inserts !== null) {
        const iface = insertedUuid(outcome[offset + part.inserts.interface]);
        const row = insertedUuid(outcome[offset + part.inserts.row]);
        if (iface !== null && row !== null) additions.push({ key, interface: iface, row });
      }
      if (part.bridge !== null) {
        const before = readText(readRows(outcome[offset + part.bridge.before])[0]?.datapath_type) ?? '';
        bridges.push({ key, uuid: part.bridge.uuid, before });
      }
      this.results.set(key, DONE);
      offset += part.operations.length;
    }
    const taken = (number: number) => this.taken(number);
    const refused = await checkAdditions(this.connection, additions, taken);
    const dead = await checkBridges(this.connection, bridges, taken);
    for (const [key, message] of [...refused, ...dead]) this.results.set(key, failed(message));
  }

  private async attempt(
    task: () => Promise<{ result: StepResult; number: number | null }>,
  ): Promise<StepResult> {
    try {
      const { result, number } = await task();
      if (number !== null) await this.taken(number);
      return result;
    } catch (error) {
      if (error instanceof OvsdbRefused) return failed(error.message);
      throw error;
    }
  }

  private taken(number: number): Promise<void> {
    return waitUntilTaken(this.connection, number, this.context.timeoutMs ?? TIMEOUT_MS);
  }
}

/** Runs of ops of one sort, each short enough for one transaction. */
function chunksOf(ops: readonly KeyedOp[]): KeyedOp[][] {
  const chunks: KeyedOp[][] = [];
  let last: { sort: string; ops: KeyedOp[] } | null = null;
  for (const keyed of ops) {
    const sort = keyed.op.do === 'deleteBridge' || keyed.op.do === 'deletePort' ? keyed.op.do : 'write';
    const room = sort === 'write' ? WRITES_AT_ONCE : sort === 'deletePort' ? DELETIONS_AT_ONCE : 1;
    if (last === null || last.sort !== sort || last.ops.length >= room) {
      last = { sort, ops: [] };
      chunks.push(last.ops);
    }
    last.ops.push(keyed);
  }
  return chunks;
}

function culpritOf(
  writes: readonly { key: string; part: Part }[],
  error: OvsdbRefused,
): { key: string; message: string } | null {
  let place = error.operation;
  if (place === null) return null;
  for (const { key, part } of writes) {
    if (place < part.operations.length) return { key, message: part.refusals.get(place) ?? error.message };
    place -= part.operations.length;
  }
  return null;
}

function insertedUuid(result: unknown): string | null {
  return isObject(result) ? readUuid(result.uuid) : null;
}
