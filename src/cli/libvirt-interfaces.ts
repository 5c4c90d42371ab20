import { resolveGuest } from '../desired/resolve.ts';
import { nearest } from '../model/nearest.ts';
import { ProblemsError } from '../model/problem.ts';
import { printInterface } from '../tools/virsh/print-interface.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { readFleet } from './session.ts';

/**
 * `plumbline libvirt interfaces GUEST [DIR]`: the `<interface>` elements of the guest's domain. They are made of what
 * holds for the guest on every host, so that its definition never changes when it moves.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  const { guest: name, directory, revision } = parseOptions('libvirt interfaces', argv);
  const { loaded, problems } = await readFleet({ directory, revision, output: 'text' }, io);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ProblemsError(errors);
  const { fleet } = loaded;
  const guest = resolveGuest(fleet, name);
  if (guest === undefined) {
    const meant = nearest(name, [...fleet.guests.keys()]);
    throw new ExitError(
      EXIT.failed,
      `the fleet does not know a guest ${name}`,
      meant && `did you mean ${meant}?`,
    );
  }
  for (const { mac, device, queues, network } of guest.interfaces) {
    const mtu = fleet.networks.get(network)?.spec.mtu ?? null;
    io.stdout.write(printInterface({ mac, device, mtu, queues }));
  }
  return EXIT.ok;
}
