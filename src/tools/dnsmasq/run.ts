import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkState } from '../../model/host.ts';
import type { ServiceSpec } from '../../model/specs.ts';
import type { ServiceOp } from '../../model/step.ts';
import { DONE, failed, messageOf, type StepResult } from '../result.ts';
import { WORTH_ONE_START } from '../spawn-each.ts';
import { type ServiceAccount, serviceAccount } from './account.ts';
import { fillChecksums, leaveChecksums, servesDhcp4 } from './checksums.ts';
import { isConfigName, linksOf, listDirectory, servicePaths, servicesDirectory } from './files.ts';
import { endProcesses, findProcesses, type ServiceProcess, signalProcess } from './processes.ts';
import { checkConfig, startAll, startDnsmasq } from './start.ts';
import { hasSystemd, stopUnits } from './systemd.ts';
import { removeFile, writeFiles, writeLists, writeTold } from './write.ts';

interface Step {
  key: string;
  op: ServiceOp;
}

/** What all steps of a phase share. */
interface Shared {
  env: NodeJS.ProcessEnv;
  account: ServiceAccount;
  systemd: boolean;
  running: readonly ServiceProcess[];
  /** Links that are to be served no more are as they were. */
  left: Promise<void>;
  /** Networks that are served by now, with the configuration files of what serves them. */
  begun: ReadonlyMap<string, string>;
}

/** Each start is two processes for some milliseconds. */
const AT_ONCE = 32;

/**
 * Starts, reloads and removes the dnsmasq of networks, all at once; one that fails leaves the others alone. `seen`: all
 * links, as the run found them; null: they are read where that is needed.
 */
export async function runServices(
  steps: readonly Step[],
  env: NodeJS.ProcessEnv,
  seen: readonly LinkState[] | null = null,
): Promise<Map<string, StepResult>> {
  const account = await serviceAccount();
  const running = findProcesses(servicesDirectory(env), account.uids);
  const links = steps.flatMap(({ op }) => (op.do === 'start' && servesDhcp4(op.spec) ? [op.spec.link] : []));
  const left = leaveChecksums(
    steps
      .flatMap(({ op }) => (op.do === 'remove' ? linksOf(servicePaths(op.name, env)) : []))
      // Another network is served by it from now on.
      .filter((link) => !links.includes(link)),
    seen,
  );
  left.catch(() => {});
  // Beside the starts, which do not need it to be done.
  const filling = fillChecksums(links);
  filling.catch(() => {});
  const shared: Shared = { env, account, systemd: hasSystemd(), running, left, begun: new Map() };
  shared.begun = await startNew(steps, shared);
  const results = new Map<string, StepResult>();
  const rest = [...steps];
  const work = async () => {
    for (let step = rest.shift(); step !== undefined; step = rest.shift()) {
      results.set(step.key, await runOne(step.op, shared));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const refused = await filling;
  for (const { key, op } of steps) {
    const words = op.do === 'start' ? refused.get(op.spec.link) : undefined;
    if (words !== undefined && results.get(key)?.ok) results.set(key, failed(words));
  }
  return results;
}

async function runOne(op: ServiceOp, shared: Shared): Promise<StepResult> {
  try {
    switch (op.do) {
      case 'start':
        await start(op.name, op.spec, shared);
        break;
      case 'reload':
        await reload(op.name, op.spec, shared);
        break;
      case 'remove':
        await remove(op.name, shared);
        break;
    }
    return DONE;
  } catch (error) {
    return failed(messageOf(error));
  }
}

/**
 * Starts together what takes nobody's place, and says which serve. The others are started again one by one, each for
 * its own words.
 */
async function startNew(steps: readonly Step[], shared: Shared): Promise<Map<string, string>> {
  const { env, account, systemd, running } = shared;
  const configs = new Map<string, string>();
  const news = steps.flatMap(({ op }) =>
    op.do === 'start' && !running.some(({ name }) => name === op.name) ? [op] : [],
  );
  if (systemd || news.length < WORTH_ONE_START) return configs;
  for (const op of news) {
    try {
      configs.set(op.name, writeFiles(servicePaths(op.name, env), op.spec, account, env));
    } catch {
      // Said when it is tried again.
    }
  }
  if (await startAll([...configs.values()])) return configs;
  const serving = findProcesses(servicesDirectory(env), account.uids);
  return new Map([...configs].filter(([name]) => serving.some((one) => one.name === name)));
}

async function start(name: string, spec: ServiceSpec, shared: Shared): Promise<void> {
  const paths = servicePaths(name, shared.env);
  const config = shared.begun.get(name) ?? (await startOne(name, spec, shared));
  writeTold(paths, spec);
  for (const file of listDirectory(paths.directory)) {
    const path = join(paths.directory, file);
    if (isConfigName(file) && path !== config) removeFile(path);
  }
}

/** Returns the configuration file. */
async function startOne(name: string, spec: ServiceSpec, shared: Shared): Promise<string> {
  const { env, account, systemd } = shared;
  const paths = servicePaths(name, env);
  const config = writeFiles(paths, spec, account, env);
  const old = shared.running.filter((one) => one.name === name);
  // What replaces it is looked at before it ends: a slip in git shall not leave a network without any.
  if (old.length > 0) await checkConfig(config);
  await end(name, old, systemd);
  await startDnsmasq(name, paths, config, { systemd, replaces: old.length > 0 });
  return config;
}

async function reload(name: string, spec: ServiceSpec, shared: Shared): Promise<void> {
  const [process, more] = shared.running.filter((one) => one.name === name);
  if (process === undefined || more !== undefined) return start(name, spec, shared);
  const paths = servicePaths(name, shared.env);
  writeLists(paths, spec, shared.account, shared.env);
  signalProcess(process.pid, 'SIGHUP');
  writeTold(paths, spec);
}

async function remove(name: string, { env, systemd, running, left }: Shared): Promise<void> {
  const paths = servicePaths(name, env);
  await end(
    name,
    running.filter((one) => one.name === name),
    systemd,
  );
  await left;
  rmSync(paths.leases, { force: true });
  rmSync(paths.directory, { recursive: true, force: true });
}

/** A unit first: systemd would start again what ends otherwise. */
async function end(name: string, processes: readonly ServiceProcess[], systemd: boolean): Promise<void> {
  if (systemd) await stopUnits([name]);
  await endProcesses(processes);
}
