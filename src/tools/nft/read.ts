import type { FirewallState, ForeignDrop } from '../../model/host.ts';
import { readForeignDrops } from './foreign-drops.ts';
import { isUnavailable, listTable } from './nft.ts';
import { ownersOf } from './owners.ts';
import { parseTable } from './parse.ts';

export interface FirewallReading {
  /** null: there is no table of ours. */
  firewall: FirewallState | null;
  /** Why nothing can be told, and nothing could be set. */
  unavailable: string | null;
  foreignDrops: ForeignDrop[];
}

/** Our table of this network namespace, and what others drop before it comes to our rules. */
export async function readFirewall(extent = { foreignDrops: true }): Promise<FirewallReading> {
  try {
    const [table, foreignDrops] = await Promise.all([
      listTable(),
      extent.foreignDrops ? readForeignDrops() : [],
    ]);
    const firewall = table === null ? null : ownersOf(parseTable(table));
    return { firewall, unavailable: null, foreignDrops };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { firewall: null, unavailable: error.message, foreignDrops: [] };
  }
}
