import { findHost, givenHere } from '../desired/host.ts';
import { shellLine } from '../model/shell.ts';
import { whereCanBe } from '../placement/where.ts';
import { whereJson } from '../render/where-json.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';
import { openPlacement, requireGuest, requireHost } from './placement.ts';

/** `plumbline where GUEST [DIR]`: each host with a verdict; with `--all` where the guests of one host could go. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('where', argv);
  if (options.all) return evacuate(options, io);
  if (options.guest === null) {
    throw new UsageError('where', 'where needs GUEST, or --host NAME --all for all guests of a host');
  }
  if (options.host !== null) {
    throw new UsageError(
      'where',
      '--host goes with --all: the host that is to be empty',
      `for one guest on one host: ${shellLine(['plumbline', 'can-migrate', options.guest, options.host])}`,
    );
  }
  const { view } = await openPlacement(options, io);
  const guest = requireGuest(view, options.guest);
  const hosts = whereCanBe(view, guest, options.allowIslands);
  if (options.output === 'json') {
    io.stdout.write(`${JSON.stringify(whereJson(guest.name, hosts), null, 2)}\n`);
  } else {
    const { renderWhere } = await import('../render/where-text.ts');
    io.stdout.write(renderWhere(guest, hosts, io));
  }
  return EXIT.ok;
}

/** Where the guests of one host could go, all at once. */
async function evacuate(options: Options<'where'>, io: Io): Promise<number> {
  if (options.guest !== null && options.directory !== COMMANDS.where.arguments.directory.default) {
    throw new UsageError('where', '--all is for all guests of a host, but one was given too');
  }
  // The guest is left out, so that the directory is the first word.
  const { view, loaded } = await openPlacement(
    { ...options, directory: options.guest ?? options.directory },
    io,
  );
  const host =
    options.host === null
      ? findHost(loaded.fleet, givenHere(null, io.env)).host
      : requireHost(view, options.host);
  const { evacuate: plan } = await import('../placement/evacuate.ts');
  const evacuation = plan(view, host, options.allowIslands);
  const { evacuationJson, renderEvacuation } = await import('../render/evacuation.ts');
  io.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify(evacuationJson(evacuation), null, 2)}\n`
      : renderEvacuation(evacuation, io),
  );
  return evacuation.guests.every(({ to }) => to !== null) ? EXIT.ok : EXIT.failed;
}
