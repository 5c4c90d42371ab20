import type { LinkState } from '../../model/host.ts';
import { type Accounts, resolveAccounts } from '../accounts.ts';
import { macvtapDevice, macvtapNode } from '../macvtap-node.ts';
import { readDump } from './dump.ts';
import { accountNames, parseLinks } from './parse-links.ts';

export interface ReadOptions {
  /** Look up nodes too: see `addNodes`. */
  nodes?: boolean;
}

/** All links of this network namespace, by one process. Throws ReadFailed and ToolMissing. */
export async function readLinks(options: ReadOptions = {}): Promise<LinkState[]> {
  const json = await readDump(['-d', 'addr', 'show']);
  const links = parseLinks(json, await accountsOf(json));
  if (options.nodes) addNodes(links);
  return links;
}

/** Looks up who may open each macvtap's character device; about 10 µs for each. */
export function addNodes(links: readonly LinkState[]): void {
  for (const link of links) link.node = nodeOwner(link);
}

async function accountsOf(json: unknown): Promise<Accounts> {
  const { users, groups } = accountNames(json);
  return resolveAccounts(users, groups);
}

function nodeOwner(link: LinkState): LinkState['node'] {
  if (link.type !== 'macvtap') return null;
  const device = macvtapDevice(link);
  const node = device === null ? null : macvtapNode(device);
  return node === null ? null : { uid: node.uid, gid: node.gid };
}
