import { ROUTE_PROTOCOL } from '../../model/mark.ts';
import { lineReader, type MonitorEvents, type MonitorProcess, startMonitor } from '../monitor.ts';
import { MonitorLines } from './monitor-lines.ts';

/** What iproute2 says of ENOBUFS on its socket (lib/libnetlink.c, rtnl_listen), after which it goes on. */
const OVERFLOW = 'No buffer space';

/** One `ip monitor` on the links and addresses of this network namespace; it ends with us. Throws ToolMissing. */
export function monitorLinks(events: MonitorEvents): MonitorProcess {
  const lines = new MonitorLines();
  return startMonitor('ip', ['-N', '-o', '-d', 'monitor', 'link', 'address'], {
    onOutput(piece) {
      if (lines.push(piece)) events.onChange();
    },
    onWords(words) {
      if (!words.includes(OVERFLOW)) return;
      lines.forget();
      events.onOverflow();
    },
  });
}

/** A route that is ours by its protocol, come or gone. */
const OUR_ROUTE = ` proto ${ROUTE_PROTOCOL} `;
/** `inet eth0 forwarding on`: a setting of a link. */
const SETTING = /^inet6? /;
/** All settings of a link that has just come, of which its own event tells. */
const ALL_SETTINGS = 'ignore_routes_with_linkdown';

/** The same on our routes, and on settings of which the kernel tells: forwarding. Of others' routes nothing is told. */
export function monitorRoutes(events: MonitorEvents): MonitorProcess {
  const lines = lineReader();
  return startMonitor('ip', ['-N', '-o', 'monitor', 'route', 'netconf'], {
    onOutput(piece) {
      if (lines(piece).some(isOfOurs)) events.onChange();
    },
    onWords(words) {
      if (words.includes(OVERFLOW)) events.onOverflow();
    },
  });
}

function isOfOurs(line: string): boolean {
  return line.includes(OUR_ROUTE) || (SETTING.test(line) && !line.includes(ALL_SETTINGS));
}
