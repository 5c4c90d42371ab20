import { findHost, givenHere } from '../desired/host.ts';
import { resolveHost } from '../desired/resolve.ts';
import { ProblemsError } from '../model/problem.ts';
import { libvirtWords, type Unsaid } from '../realise/libvirt-network.ts';
import { renderCheckJson } from '../render/check.ts';
import { printable } from '../render/printable.ts';
import { printNetwork } from '../tools/virsh/print-network.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { poolNames } from './libvirt-pools.ts';
import { parseOptions } from './options.ts';
import { readFleet } from './session.ts';

/**
 * `plumbline libvirt networks [DIR]`: a host's networks as libvirt is told of them. Without UUIDs: those that Plumbline
 * gives are its marks, and what a person defines is that person's.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('libvirt networks', argv);
  const { directory, revision } = options;
  const { loaded, problems } = await readFleet({ directory, revision, output: 'text' }, io);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    if (options.output !== 'json') throw new ProblemsError(errors);
    io.stdout.write(`${JSON.stringify(renderCheckJson(loaded.fleet, problems), null, 2)}\n`);
    return EXIT.failed;
  }
  const found = findHost(loaded.fleet, givenHere(options.host, io.env));
  if (options.host === null) io.stderr.write(`This is host ${found.host} (${found.how})\n`);
  const host = resolveHost(loaded.fleet, found.host);
  if (host === undefined) throw new Error(`host ${found.host} was found and cannot be resolved`);

  const deviceName = await poolNames(loaded.fleet, host, io.env);
  const networks: { name: string; xml: string }[] = [];
  const unsaid: Unsaid[] = [];
  for (const network of host.networks.values()) {
    const words = libvirtWords(network, deviceName);
    unsaid.push(...words.unsaid);
    if (words.content === null) continue;
    networks.push({ name: network.name, xml: printNetwork(network.name, null, words.content) });
  }
  for (const { message, source } of unsaid) {
    io.stderr.write(printable(`${source.file}:${source.line}: ${message}`).concat('\n'));
  }
  if (options.output === 'json') {
    const notSaid = unsaid.map(({ code, message, source }) => ({ code, message, source }));
    const answer = { version: 1, host: host.name, networks, notSaid };
    io.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } else io.stdout.write(networks.map(({ xml }) => xml).join(''));
  return networks.length === host.networks.size ? EXIT.ok : EXIT.failed;
}
