import type { OvsState } from '../model/host.ts';
import { connectOvsdb } from '../tools/ovsdb/connection.ts';
import { OvsdbUnreachable } from '../tools/ovsdb/errors.ts';
import { readOvs } from '../tools/ovsdb/read.ts';

/** What Open vSwitch has, null where it does not run. */
export async function readSwitch(env: NodeJS.ProcessEnv): Promise<OvsState | null> {
  try {
    const connection = await connectOvsdb(env);
    try {
      return await readOvs(connection);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof OvsdbUnreachable) return null;
    throw error;
  }
}
