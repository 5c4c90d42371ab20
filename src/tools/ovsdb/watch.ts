import type { OvsdbConnection } from './connection.ts';
import { connectOvsdb } from './connection.ts';
import { COLUMNS } from './read.ts';

export interface OvsWatch {
  /** Fulfilled when no later change is missed; rejected when ovsdb-server refuses. */
  ready: Promise<void>;
  /** Fulfilled when the connection is over, with why. */
  ended: Promise<string>;
  close(): void;
}

/** Calls `onChange` whenever a column changes that `readOvs` reads. Throws OvsdbUnreachable. */
export async function watchOvs(
  env: Readonly<Record<string, string | undefined>>,
  onChange: () => void,
): Promise<OvsWatch> {
  const connection: OvsdbConnection = await connectOvsdb(env);
  return {
    ready: connection.monitor(COLUMNS, onChange).then(() => {}),
    ended: connection.closed,
    close: connection.close,
  };
}
