import type { FirewallState } from '../../model/host.ts';
import type { NftOp } from '../../model/step.ts';
import { DONE, failed, type StepResult } from '../result.ts';
import { commitNft, isUnavailable, listTable } from './nft.ts';
import { ownersOf } from './owners.ts';
import { parseTable } from './parse.ts';
import { inChainOrder, type OwnedRules, tableOf } from './table.ts';
import { deletion, transaction } from './transaction.ts';

export interface NftStep {
  key: string;
  op: NftOp;
}

/**
 * Sets and removes the rules of owners, all in one transaction. If the kernel refuses that, each owner has one of its
 * own, so that one that cannot be done holds up no other. Whatever of the table is not as we write it is put right.
 *
 * `seen` is what a reading of this run has found, null for no table; the kernel refuses what counts on something that
 * has gone since, and then it is read again, as it is where nothing is given.
 */
export async function runNft(
  steps: readonly NftStep[],
  seen?: FirewallState | null,
): Promise<Map<string, StepResult>> {
  const results = new Map<string, StepResult>();
  if (steps.length === 0) return results;
  const trusting =
    seen === undefined ? 'nothing was seen' : await commitNft(commands(seen, steps)).catch(words);
  const refused = trusting === null ? null : await attempt(steps);
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
    return await commitNft(commands(json === null ? null : ownersOf(parseTable(json)), steps));
  } catch (error) {
    return words(error);
  }
}

/** Of what cannot be had; throws whatever else. */
function words(error: unknown): string {
  if (isUnavailable(error)) return error.message;
  throw error;
}

function commands(standing: FirewallState | null, steps: readonly NftStep[]): unknown[] {
  const owners = new Map(standing?.owners.map((one) => [one.owner, one]));
  for (const { op } of steps) owners.delete(op.owner);
  for (const { op } of steps) if (op.do === 'set') giveLink(owners, op);
  if (owners.size === 0) return deletion();
  const after = tableOf([...owners.values()].sort((a, b) => (a.owner < b.owner ? -1 : 1)));
  // One that is whole holds what its owners come to, and nothing else.
  return transaction(standing?.whole ? tableOf(standing.owners) : null, after);
}

/** A link has one owner: who is given it now has it. */
function giveLink(owners: Map<string, OwnedRules>, op: Extract<NftOp, { do: 'set' }>): void {
  const { owner, link } = op;
  for (const other of owners.values()) {
    if (link !== null && other.link === link) owners.set(other.owner, { ...other, link: null });
  }
  owners.set(owner, { owner, link, rules: inChainOrder(op.rules) });
}
