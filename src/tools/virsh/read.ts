import type { LibvirtNetworkState, LibvirtState } from '../../model/host.ts';
import { derivedNetworkUuid } from '../../model/identity.ts';
import { isDocumentName } from '../../model/tokens.ts';
import { LibvirtUnreachable, runVirsh, type VirshAnswer, type VirshCommand } from './connection.ts';
import { type ParsedNetwork, parseNetwork } from './parse-network.ts';

const LISTS: readonly VirshCommand[] = [
  ['net-list', '--all', '--name'],
  ['net-list', '--all', '--uuid'],
  ['net-list', '--persistent', '--all', '--name'],
  ['net-list', '--autostart', '--all', '--name'],
];

/**
 * The networks that are ours, and strangers that have one of `names`: one process, and another where networks of ours
 * stand that were not expected. Never throws for libvirt's sake.
 */
export async function readLibvirt(names: readonly string[], env: NodeJS.ProcessEnv): Promise<LibvirtState> {
  try {
    const answers = await runVirsh([...LISTS, ...names.flatMap(dumps)], env, 'read');
    const listed = listedNetworks(answers);
    const found = foundIn(names, answers.slice(LISTS.length), listed);
    const others = [...listed.values()].filter(
      ({ name }) => !names.includes(name) && isOurs(listed.get(name)),
    );
    if (others.length > 0) {
      const more = others.map(({ name }) => name);
      found.push(...foundIn(more, await runVirsh(more.flatMap(dumps), env, 'read'), listed));
    }
    return { networks: found, unavailable: null };
  } catch (error) {
    if (!(error instanceof LibvirtUnreachable)) throw error;
    return { networks: [], unavailable: error.message };
  }
}

/** How many NICs of guests are connected to each of these now. Throws LibvirtUnreachable. */
export async function readConnections(
  uuids: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, number>> {
  const answers = await runVirsh(uuids.map(ports), env, 'read');
  return new Map(uuids.map((uuid, i) => [uuid, lines(answers[i]?.output ?? '').length]));
}

interface Listed {
  name: string;
  uuid: string;
  persistent: boolean;
  autostart: boolean;
}

/** What it is when it is started, and what it is now: libvirt prints the former for one that does not run, both times. */
function dumps(name: string): VirshCommand[] {
  return [['net-dumpxml', '--inactive', name], ['net-dumpxml', name], ['net-info', name], ports(name)];
}

const DUMPS = 4;

/** A line for each NIC. The XML counts them too (`connections`), but libvirt 9.0 forgets that with a `net-update`. */
function ports(network: string): VirshCommand {
  return ['net-port-list', '--uuid', network];
}

/** Both lists are of one connection and in one order; a network that came between them is seen by its XML or next time. */
function listedNetworks(answers: readonly VirshAnswer[]): Map<string, Listed> {
  const failure = answers.slice(0, LISTS.length).find(({ error }) => error !== '');
  if (failure !== undefined) throw new LibvirtUnreachable(failure.error);
  const [names = [], uuids = [], persistent = [], autostart = []] = answers.map(({ output }) =>
    lines(output),
  );
  return new Map(
    names.map((name, i) => [
      name,
      {
        name,
        uuid: uuids[i] ?? '',
        persistent: persistent.includes(name),
        autostart: autostart.includes(name),
      },
    ]),
  );
}

function foundIn(
  names: readonly string[],
  answers: readonly VirshAnswer[],
  listed: ReadonlyMap<string, Listed>,
): LibvirtNetworkState[] {
  return names.flatMap((name, i): LibvirtNetworkState[] => {
    const [inactive, now, info, connected] = answers.slice(i * DUMPS, (i + 1) * DUMPS);
    const defined = parsed(inactive);
    const running = /^Active:\s+yes$/m.test(info?.output ?? '') ? parsed(now) : null;
    const either = defined ?? running;
    if (either === null) return [];
    const known = listed.get(name);
    return [
      {
        name,
        uuid: either.uuid,
        autostart: known?.autostart ?? false,
        defined: known?.persistent === false ? null : (defined?.content ?? null),
        running: running?.content ?? null,
        connections: running === null ? 0 : lines(connected?.output ?? '').length,
      },
    ];
  });
}

function parsed(answer: VirshAnswer | undefined): ParsedNetwork | null {
  return answer === undefined || answer.output.trim() === '' ? null : parseNetwork(answer.output);
}

function isOurs(network: Listed | undefined): boolean {
  return (
    network !== undefined && isDocumentName(network.name) && network.uuid === derivedNetworkUuid(network.name)
  );
}

function lines(output: string): string[] {
  return output.split('\n').flatMap((line) => line.trim() || []);
}
