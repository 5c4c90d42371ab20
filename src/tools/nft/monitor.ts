import { lineReader, type MonitorEvents, type MonitorProcess, startMonitor } from '../monitor.ts';
import { FAMILY, TABLE } from './table.ts';

/** `delete rule inet plumbline …`; the table itself comes without more behind it. */
const OURS = new RegExp(`^\\w+ \\w+ ${FAMILY} ${TABLE}( |$)`);
/** A base chain of anybody's that what this host forwards has to pass. */
const FORWARD = / hook forward /;
/** What nft says of ENOBUFS on its socket (src/mnl.c, mnl_nft_event_listener), after which it goes on. */
const LOST = 'lost some netlink events';

/** One `nft monitor` of this network namespace, for our table, in words alone; it ends with us. Throws ToolMissing. */
export function monitorRules(events: MonitorEvents): MonitorProcess {
  const lines = lineReader();
  const overflow = (text: string) => {
    if (text.includes(LOST)) events.onOverflow();
  };
  return startMonitor('nft', ['monitor'], {
    onOutput(piece) {
      if (lines(piece).some(concernsUs)) events.onChange();
      overflow(piece);
    },
    onWords: overflow,
  });
}

/** Whether a line tells of our table, or of what may drop what we forward. */
function concernsUs(line: string): boolean {
  return OURS.test(line) || FORWARD.test(line);
}
