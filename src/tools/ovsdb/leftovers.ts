import { readFileSync } from 'node:fs';
import { OVS_OWNER_KEY } from '../../model/mark.ts';
import { errorCode } from '../result.ts';

/** Where Open vSwitch's own scripts keep the database (ovs-lib); in Debian a link to /var/lib/openvswitch. */
const DEFAULT_DBDIR = '/etc/openvswitch';

/**
 * Whether rows of ours may stand in a database that does not answer: its file names our mark, or is not ours to read.
 * The file is a log of transactions, in which rows that are gone stand on for a while (ovsdb(5)): a yes is a "may".
 */
export function mayHoldOurRows(env: Readonly<Record<string, string | undefined>>): boolean {
  const directory = env.OVS_DBDIR || env.OVS_RUNDIR || DEFAULT_DBDIR;
  try {
    return readFileSync(`${directory}/conf.db`).includes(`"${OVS_OWNER_KEY}"`);
  } catch (error) {
    return errorCode(error) === 'EACCES';
  }
}
