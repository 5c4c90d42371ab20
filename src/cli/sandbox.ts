import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { findHost } from '../desired/host.ts';
import { loadDirectory, loadRevision } from '../desired/load.ts';
import { resolveHost } from '../desired/resolve.ts';
import { enterSandbox } from '../sandbox/enter.ts';
import { furnish, privateDirectories } from '../sandbox/furnish.ts';
import { holdLifeline, isFirstInside, ROOTLESS_VARIABLE } from '../sandbox/lifeline.ts';
import { keptOfRun, privateMounts } from '../sandbox/mounts.ts';
import { type Scenery, sceneryOf } from '../sandbox/scenery.ts';
import { SANDBOX_VARIABLE, type SandboxSettings, sandboxVariable } from '../sandbox/settings.ts';
import { cacheDirectory } from '../tools/directories.ts';
import type { CommandName } from './commands.ts';
import { UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { runCommand } from './run-command.ts';

/** The word by which this program starts itself again inside. */
export const INSIDE = '--inside-sandbox';

/** The commands that know --sandbox. */
export type SandboxedCommand = 'plan' | 'apply';

function isSandboxed(word: string | undefined): word is SandboxedCommand {
  return word === 'plan' || word === 'apply';
}

/** Outside: checks the words, so that a mistake is told at once, and starts the sandbox. */
export async function runSandboxed(command: CommandName, argv: string[], _io: Io): Promise<number> {
  parseOptions(command, argv);
  const words = argv.filter((word, i) => word !== '--sandbox' || argv.slice(0, i).includes('--'));
  return enterSandbox(process.argv[1] ?? '', [INSIDE, command, ...words]);
}

/** Inside: builds what the host's documents take for granted, then runs the command as on any host. */
export async function runInside([command, ...argv]: string[], io: Io): Promise<number> {
  if (!isFirstInside() || !isSandboxed(command)) throw new UsageError(null, `unknown option ${INSIDE}`);
  holdLifeline();
  const { argument, host, revision } = parseOptions(command, argv);
  await buildSandbox({ directory: argument, host, revision }, io);
  return runCommand(command, argv, io);
}

/** What a sandbox is built for. */
export interface SandboxHost {
  directory: string;
  /** As --host gives it; null: found as everywhere. */
  host: string | null;
  revision: string | null;
}

/**
 * Makes this process's namespaces a stand-in for a host: mounts, links, Open vSwitch, and the environment that tells
 * commands of it. Says on standard error, in one line, what it made. Throws ProblemsError for bad documents.
 */
export async function buildSandbox(
  wanted: SandboxHost,
  io: Io,
): Promise<{ host: string; settings: SandboxSettings | null }> {
  const { env } = io;
  const paths = [process.cwd(), process.execPath, process.argv[1] ?? '', wanted.directory];
  await privateMounts(keptOfRun([...paths, ...(env.PATH ?? '').split(':')].flatMap(realPath)));
  Object.assign(env, privateDirectories());

  const { host, scenery } = await readScenery(wanted, env);
  // Documents with errors: the command tells of them, and nothing needs to stand for that.
  if (scenery === null) return { host, settings: null };
  const { settings, env: found } = await furnish(scenery, env[ROOTLESS_VARIABLE] === '1');
  Object.assign(env, found, { [SANDBOX_VARIABLE]: sandboxVariable(settings) });
  io.stderr.write(`${sceneryLine(scenery, settings)}\n`);
  return { host, settings };
}

function realPath(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}

async function readScenery({ directory, host, revision }: SandboxHost, env: NodeJS.ProcessEnv) {
  const options = { cache: cacheDirectory(env) };
  const { fleet, problems } = await (revision === null
    ? loadDirectory(directory, options)
    : loadRevision(directory, revision, options));
  if (problems.some(({ severity }) => severity === 'error')) return { host: host ?? '', scenery: null };
  const found = findHost(fleet, {
    ...(host === null ? {} : { option: host }),
    ...(env.PLUMBLINE_HOST ? { environment: env.PLUMBLINE_HOST } : {}),
    hostname: hostname(),
  });
  const resolved = resolveHost(fleet, found.host);
  if (resolved === undefined) throw new Error(`the host ${found.host} was found and cannot be resolved`);
  return { host: found.host, scenery: sceneryOf(resolved) };
}

/** `Sandbox: stand-ins for eth1, front0 (aa:bb:cc:00:00:01), bridge br0; a private Open vSwitch`. */
export function sceneryLine(
  { nics, bridges, ovsBridges, ovsNetworks }: Scenery,
  { skip }: SandboxSettings,
): string {
  const known = nics.map(({ name, mac, altname }) => {
    const other = mac ?? altname;
    return other === null ? name : `${name} (${other})`;
  });
  const words = [
    ...known,
    ...[...bridges.map(({ name }) => name), ...ovsBridges].map((name) => `bridge ${name}`),
  ];
  const shown = words.length > 8 ? [...words.slice(0, 7), `${words.length - 7} more`] : words;
  const standIns = shown.length > 0 ? `stand-ins for ${shown.join(', ')}` : 'no stand-ins needed';
  const why = Object.values(skip)[0];
  const ovs = ovsNetworks.length === 0 ? '' : why === undefined ? '; a private Open vSwitch' : `; ${why}`;
  return `Sandbox: ${standIns}${ovs}`;
}
