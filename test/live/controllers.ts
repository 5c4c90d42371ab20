import { statSync } from 'node:fs';
import { join } from 'node:path';
import { askController } from '../../src/controller/socket-client.ts';
import type { Status } from '../../src/controller/words.ts';
import { until } from '../support/netns.ts';
import { PLUMBLINE } from './program-on-path.ts';
import type { Site, SiteHost } from './site.ts';

/** The controller of a host of the site. */
export interface Controller {
  host: SiteHost;
  /** Waits until its status is so. */
  shows(what: string, condition: (status: Status) => boolean): Promise<Status>;
}

export function startController(site: Site, host: SiteHost): Controller {
  const child = host.start([PLUMBLINE, 'watch', site.desired]);
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  child.stdout?.resume();
  const inode = statSync(`/run/netns/${host.ns.name}`).ino;
  const socket = host.path(join('/run/plumbline', `control-${inode}`));
  return {
    host,
    async shows(what, condition) {
      let last: Status | null = null;
      const fulfilled = async () => {
        const answer = await askController(socket, { do: 'status' }).catch(() => null);
        last = answer?.ok === true ? (answer.status ?? null) : null;
        return last !== null && condition(last);
      };
      await until(`${host.name}: ${what}`, fulfilled, 30).catch((error) => {
        throw new Error(`${host.name}: ${what}\n${JSON.stringify(last, null, 1)}\n${log.slice(-4000)}`, {
          cause: error,
        });
      });
      // The loop above ends only with a status.
      if (last === null) throw new Error('no status');
      return last;
    },
  };
}

/** Waits until all of them have done what the commit says. */
export async function reach(controllers: readonly Controller[], commit: string): Promise<void> {
  await Promise.all(
    controllers.map((one) =>
      one.shows(`it reaches ${commit}`, ({ applied, inSync }) => applied === commit && inSync),
    ),
  );
}

/** Waits until both ends of a move have done what the commit says, and say that the guest may move. */
export async function readyToMove(both: readonly Controller[], commit: string, guest: string): Promise<void> {
  await Promise.all(
    both.map((one) =>
      one.shows(
        `it is ready for ${guest} at ${commit}`,
        ({ applied, moves }) =>
          applied === commit && moves.some((move) => move.guest === guest && move.ready && !move.released),
      ),
    ),
  );
}
