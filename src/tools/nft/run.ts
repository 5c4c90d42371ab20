import type { NftOp } from '../../model/step.ts';
import { DONE, failed, type StepResult } from '../result.ts';
import { commitNft, isUnavailable, listTable } from './nft.ts';
import { ownersOf } from './owners.ts';
import { parseTable } from './parse.ts';
import { inChainOrder, type NftTable, type OwnedRules, tableOf } from './table.ts';
import { deletion, transaction } from './transaction.ts';

export interface NftStep {
  key: string;
  op: NftOp;
}

/**
 * Sets and removes the rules of owners, all in one transaction. If the kernel refuses that, each owner has one of its
 * own, so that one that cannot be done holds up no other. Whatever of the table is not as we write it is put right.
 */
export async function runNft(steps: readonly NftStep[]): Promise<Map<string, StepResult>> {
  const results = new Map<string, StepResult>();
  if (steps.length === 0) return results;
  const refused = await attempt(steps);
  if (refused === null || steps.length === 1) {
    for (const { key } of steps) results.set(key, refused === null ? DONE : failed(refused));
    return results;
  }
  for (const step of steps) {
    const alone = await attempt([step]);
    results.set(step.key, alone === null ? DONE : failed(alone));
  }
  return results;
}

/** null when it was done, else why not. */
async function attempt(steps: readonly NftStep[]): Promise<string | null> {
  try {
    const json = await listTable();
    const standing = json === null ? null : parseTable(json);
    return await commitNft(commands(standing, steps));
  } catch (error) {
    if (isUnavailable(error)) return error.message;
    throw error;
  }
}

function commands(standing: NftTable | null, steps: readonly NftStep[]): unknown[] {
  const state = standing === null ? { owners: [], whole: false } : ownersOf(standing);
  const owners = new Map(state.owners.map((one) => [one.owner, one]));
  for (const { op } of steps) owners.delete(op.owner);
  for (const { op } of steps) if (op.do === 'set') giveLink(owners, op);
  if (owners.size === 0) return deletion();
  const after = tableOf([...owners.values()].sort((a, b) => (a.owner < b.owner ? -1 : 1)));
  return transaction(state.whole ? standing : null, after);
}

/** A link has one owner: who is given it now has it. */
function giveLink(owners: Map<string, OwnedRules>, op: Extract<NftOp, { do: 'set' }>): void {
  const { owner, link } = op;
  for (const other of owners.values()) {
    if (link !== null && other.link === link) owners.set(other.owner, { ...other, link: null });
  }
  owners.set(owner, { owner, link, rules: inChainOrder(op.rules) });
}
