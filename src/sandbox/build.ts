import { realpathSync } from 'node:fs';
import { findHost, givenHere } from '../desired/host.ts';
import { loadDirectory, loadRevision } from '../desired/load.ts';
import { resolveHost } from '../desired/resolve.ts';
import { cacheDirectory } from '../tools/directories.ts';
import { furnish, privateDirectories } from './furnish.ts';
import { keptOfRun, privateMounts } from './mounts.ts';
import { type Scenery, sceneryOf } from './scenery.ts';
import { SANDBOX_VARIABLE, type SandboxSettings, sandboxVariable } from './settings.ts';

/** What a sandbox is built for. */
export interface SandboxHost {
  directory: string;
  /** As --host gives it; null: found as everywhere. */
  host: string | null;
  revision: string | null;
}

/**
 * Makes this process's namespaces a stand-in for a host: mounts, links, Open vSwitch, and the environment that tells
 * commands of it. Says in one line what it made. Throws ProblemsError for bad documents.
 */
export async function buildSandbox(
  wanted: SandboxHost,
  outside: { env: NodeJS.ProcessEnv; say(line: string): void },
): Promise<{ host: string; settings: SandboxSettings | null }> {
  const { env } = outside;
  const paths = [process.cwd(), process.execPath, process.argv[1] ?? '', wanted.directory];
  await privateMounts(keptOfRun([...paths, ...(env.PATH ?? '').split(':')].flatMap(realPath)));
  Object.assign(env, privateDirectories());

  const { host, scenery } = await readScenery(wanted, env);
  // Documents with errors: the command tells of them, and nothing needs to stand for that.
  if (scenery === null) return { host, settings: null };
  const { settings, env: found } = await furnish(scenery);
  Object.assign(env, found, { [SANDBOX_VARIABLE]: sandboxVariable(settings) });
  outside.say(sceneryLine(scenery, settings));
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
  const found = findHost(fleet, givenHere(host, env));
  const resolved = resolveHost(fleet, found.host);
  if (resolved === undefined) throw new Error(`the host ${found.host} was found and cannot be resolved`);
  return { host: found.host, scenery: sceneryOf(resolved) };
}

/** `Sandbox: stand-ins for eth1, front0 (aa:bb:cc:00:00:01), bridge br0; a private Open vSwitch`. */
function sceneryLine({ nics, bridges, ovsBridges, ovsNetworks }: Scenery, { skip }: SandboxSettings): string {
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
  const running = ovsNetworks.some((network) => skip[network] === undefined);
  const ovs = running ? '; a private Open vSwitch' : '';
  const lacks = [...new Set(Object.values(skip))].map((why) => `; ${why}`).join('');
  return `Sandbox: ${standIns}${ovs}${lacks}`;
}
