import { closeSync, mkdirSync, openSync } from 'node:fs';
import { findProgram, packageOf } from '../tools/programs.ts';
import { errorCode, messageOf } from '../tools/result.ts';
import { runTool } from '../tools/spawn.ts';
import { SandboxBroken } from './isolation.ts';
import { farEndLines, SWITCH, standInLines } from './links.ts';
import { type PrivateSwitch, startOpenvswitch } from './openvswitch.ts';
import type { Scenery } from './scenery.ts';
import type { SandboxSettings } from './settings.ts';

/** The directories of a sandbox, in its private /run. */
const HOME = '/run/plumbline';

/** The environment that keeps a command's files inside. The mounts must be there already. */
export function privateDirectories(): Record<string, string> {
  const env = {
    STATE_DIRECTORY: `${HOME}/state`,
    RUNTIME_DIRECTORY: `${HOME}/runtime`,
    CACHE_DIRECTORY: `${HOME}/cache`,
  };
  // What serves a network gives up root, and has files below.
  mkdirSync(HOME, { recursive: true, mode: 0o711 });
  for (const directory of Object.values(env)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  return env;
}

/** Builds the stand-ins in this network namespace. Returns what commands in it must know, and the environment. */
export async function furnish(
  scenery: Scenery,
): Promise<{ settings: SandboxSettings; env: Record<string, string> }> {
  await ip(['netns', 'add', SWITCH], '');
  await ip(['-batch', '-'], standInLines(scenery).join('\n'));
  if (scenery.nics.length > 0) await ip(['-netns', SWITCH, '-batch', '-'], farEndLines(scenery).join('\n'));

  const noService = scenery.servedNetworks.length > 0 ? whyNoService() : null;
  const noTaps = scenery.tapNetworks.length > 0 ? whyNoTaps() : null;
  const ovs: PrivateSwitch | null =
    scenery.ovsNetworks.length > 0 && noTaps === null
      ? await startOpenvswitch('/run/openvswitch', scenery.ovsBridges)
      : null;
  const skip = {
    ...(ovs?.ok === false ? reasons(scenery.ovsNetworks, ovs.why) : {}),
    ...(noService === null ? {} : reasons(scenery.servedNetworks, noService)),
    ...(noTaps === null ? {} : reasons(scenery.tapNetworks, noTaps)),
  };
  // Nobody in here opens guest devices, a user namespace has no other users, and this machine may lack those of a host.
  return { settings: { datapath: 'netdev', skip, accounts: false }, env: ovs?.ok ? ovs.env : {} };
}

/** Without udev the device is root's alone, and a user namespace does not change that; a container may lack it. */
function whyNoTaps(): string | null {
  try {
    closeSync(openSync('/dev/net/tun', 'r+'));
    return null;
  } catch (error) {
    return `no taps can be made here: /dev/net/tun cannot be opened (${errorCode(error) ?? messageOf(error)})`;
  }
}

/** A look at Plumbline shall not begin with the installation of what only some networks need. */
function whyNoService(): string | null {
  const missing = ['nft', 'dnsmasq'].filter((program) => findProgram(program) === null);
  if (missing.length === 0) return null;
  const packages = missing.map(packageOf).join(' ');
  return `no network can be served here: ${missing.join(' and ')} not installed (apt-get install ${packages})`;
}

function reasons(networks: readonly string[], why: string): Record<string, string> {
  return Object.fromEntries(networks.map((network) => [network, why]));
}

async function ip(args: readonly string[], stdin: string): Promise<void> {
  const { exitCode, stderr } = await runTool('ip', args, { stdin: `${stdin}\n`, timeoutMs: 60_000 });
  if (exitCode === 0) return;
  throw new SandboxBroken(`the sandbox cannot build its stand-ins: ip ${args.join(' ')}: ${stderr.trim()}`);
}
