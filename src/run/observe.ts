import type { HostState } from '../model/host.ts';
import { readLinks } from '../tools/ip/read.ts';
import { connectOvsdb } from '../tools/ovsdb/connection.ts';
import { OvsdbUnreachable } from '../tools/ovsdb/errors.ts';
import { readOvs } from '../tools/ovsdb/read.ts';

export interface ObserveOptions {
  env: NodeJS.ProcessEnv;
  /** Whether the documents say who may open guest devices. */
  nodes: boolean;
}

/** Everything that a plan compares, read anew: one process for the links, one transaction for Open vSwitch. */
export async function observeHost(options: ObserveOptions): Promise<HostState> {
  const [links, ovs] = await Promise.all([readLinks({ nodes: options.nodes }), readOvsState(options.env)]);
  return { links, ...ovs };
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
