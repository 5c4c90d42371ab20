import type { HostState } from '../model/host.ts';
import { addNodes, readLinks } from '../tools/ip/read.ts';
import { connectOvsdb } from '../tools/ovsdb/connection.ts';
import { OvsdbUnreachable } from '../tools/ovsdb/errors.ts';
import { readOvs } from '../tools/ovsdb/read.ts';

export interface ObserveOptions {
  env: NodeJS.ProcessEnv;
  /** Whether the documents say who may open guest devices. */
  nodes: boolean;
  /** A read of this run that is under way already. */
  reading?: Promise<HostState>;
}

/** Everything that a plan compares, read anew. */
export async function observeHost({ env, nodes, reading }: ObserveOptions): Promise<HostState> {
  const state = await (reading ?? readHost(env));
  if (nodes) addNodes(state.links);
  return state;
}

/**
 * One process for the links, one transaction for Open vSwitch. It can be begun before the documents are read, so that
 * the one goes on beside the other; whoever does so and then does not need it has nothing to handle.
 */
export function readHost(env: NodeJS.ProcessEnv): Promise<HostState> {
  const reading = Promise.all([readLinks(), readOvsState(env)]).then(([links, ovs]) => ({ links, ...ovs }));
  reading.catch(() => {});
  return reading;
}

/** A host without Open vSwitch is no error until a network needs it. */
async function readOvsState(env: NodeJS.ProcessEnv): Promise<Pick<HostState, 'ovs' | 'ovsUnavailable'>> {
  try {
    const connection = await connectOvsdb(env);
    try {
      return { ovs: await readOvs(connection), ovsUnavailable: null };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof OvsdbUnreachable)) throw error;
    return { ovs: null, ovsUnavailable: `${error.path}: ${error.why}` };
  }
}
