import type { ResolvedGuest } from '../desired/fleet.ts';
import { findHost, givenHere } from '../desired/host.ts';
import { type Loaded, loadDirectory } from '../desired/load.ts';
import { resolveGuest } from '../desired/resolve.ts';
import type { LinkState } from '../model/host.ts';
import { nearest } from '../model/nearest.ts';
import { printable } from '../render/printable.ts';
import { findDevice, isReady } from '../run/exec/find-devices.ts';
import type { StandingDevice } from '../run/exec/hand-over.ts';
import { findPlaceholders, type Placeholder } from '../run/exec/placeholders.ts';
import { cacheDirectory } from '../tools/directories.ts';
import { findHolders, processName } from '../tools/holders.ts';
import { readLinks } from '../tools/ip/read.ts';
import { claimForExec } from './exec-claim.ts';
import { EXIT, ExitError } from './exit.ts';
import { requireGuestName } from './guest-name.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';

/**
 * What comes before a program can be started in a guest's place, in a process of its own (cli/exec.ts): the one that
 * waits for the program's end would keep all that is read here in memory for as long as the guest runs. Takes the words
 * of `plumbline exec`, refuses what cannot be done before anything is done, claims the guest where that is needed, and
 * prints the devices that the program is to have as one line of JSON.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('exec', argv);
  const loaded = await loadDirectory(options.directory, { cache: cacheDirectory(io.env) });
  const guest = await knownGuest(loaded, options, io);
  const { host } = findHost(loaded.fleet, givenHere(options.host, io.env));
  const names = guest.interfaces.map(({ name }) => name);
  const { placeholders, problems } = findPlaceholders(options.program.slice(1), guest.name, names);
  if (problems.length > 0) throw refused(problems, null, io);

  let links = await readLinks();
  if (isToBeClaimed(guest, host, links) && (await claimForExec(guest.name, { ...options, host }, io))) {
    links = await readLinks();
  }
  const devices = findUsed(guest, host, placeholders, links, io);
  await refuseHeld(devices, io);
  io.stdout.write(`${JSON.stringify(devices.map(({ device }) => device))}\n`);
  return EXIT.ok;
}

/** A fault elsewhere in the fleet keeps no guest from its start: only its own document must be sound. */
async function knownGuest(
  { fleet, problems, textOf }: Loaded,
  { directory, guest: given }: Pick<Options<'exec'>, 'directory' | 'guest'>,
  io: Io,
): Promise<ResolvedGuest> {
  const name = requireGuestName('exec', given) ?? '';
  const guest = resolveGuest(fleet, name);
  if (guest !== undefined) return guest;
  if (problems.length > 0) {
    const { renderProblems } = await import('../render/problems.ts');
    io.stderr.write(
      await renderProblems(problems, { color: io.errorColor, unicode: io.unicode, textOf, directory }),
    );
  }
  const meant = nearest(name, [...fleet.guests.keys()]);
  throw refused([`the documents know no guest ${name}`], meant && `did you mean ${meant}?`, io);
}

/** Where git has it run here and all its devices are up, there is nothing that a claim would add. */
function isToBeClaimed(guest: ResolvedGuest, host: string, links: readonly LinkState[]): boolean {
  if (guest.host !== host && guest.migratingTo !== host) return true;
  return guest.interfaces.some((iface) => {
    const found = findDevice(iface, links);
    return !found.ok || !isReady(found.link);
  });
}

interface UsedDevice {
  device: StandingDevice;
  link: LinkState;
}

/** The devices that the placeholders are about, in the guest's order. */
function findUsed(
  guest: ResolvedGuest,
  host: string,
  placeholders: readonly Placeholder[],
  links: readonly LinkState[],
  io: Io,
): UsedDevice[] {
  const used: UsedDevice[] = [];
  const problems: string[] = [];
  for (const iface of guest.interfaces) {
    const words = placeholders.filter((one) => one.iface === iface.name).map(({ word }) => word);
    if (words.length === 0) continue;
    const found = findDevice(iface, links);
    if (!found.ok) problems.push(found.why);
    else if (found.device.kind === 'tap' && words.includes('fd')) {
      const { name, device } = { name: iface.name, device: iface.device };
      problems.push(
        `{fd:${name}}: ${device} is a tap here, which is opened by name: {netdev:${name}} serves both`,
      );
    } else used.push(found);
  }
  if (problems.length > 0) {
    const run = guest.host === host || guest.migratingTo === host ? 'apply' : `claim ${guest.name}`;
    throw refused(problems, `plumbline ${run}, as root, makes what is missing on host ${host}`, io);
  }
  for (const { link } of used.filter((one) => !isReady(one.link))) {
    const words = `${link.name} is down: guest ${guest.name} has no traffic before plumbline claim ${guest.name}, as root`;
    io.stderr.write(`plumbline: ${words}\n`);
  }
  return used;
}

/**
 * A macvtap, and a tap of several queues, can be opened twice: then two programs share one guest's frames. Where
 * others' processes may not be looked into, that is not known, and no reason to refuse.
 */
async function refuseHeld(devices: readonly UsedDevice[], io: Io): Promise<void> {
  const links = devices.map(({ device, link }) => ({ ...link, type: device.kind }));
  const problems = [...(await findHolders(links))].flatMap(([name, held]) => {
    if (held.is !== 'held') return [];
    const by = held.pids.map((pid) => `${processName(pid) ?? 'a process'} (pid ${pid})`).join(', ');
    return [`${name} is open already${by && ` in ${by}`}: the guest runs here`];
  });
  if (problems.length > 0) throw refused(problems, null, io);
}

function refused(problems: readonly string[], hint: string | null, io: Io): ExitError {
  const words = problems.map((problem) => printable(problem, io.unicode)).join('\n  ');
  return new ExitError(EXIT.failed, `nothing was started: ${words}`, hint);
}
