import { chmodSync, chownSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ServiceSpec } from '../../model/specs.ts';
import { runtimeDirectory } from '../directories.ts';
import { makePrivateDirectory } from '../private-directory.ts';
import { errorCode } from '../result.ts';
import type { ServiceAccount } from './account.ts';
import {
  configName,
  configText,
  linesText,
  type ServicePaths,
  servicesDirectory,
  toldText,
} from './files.ts';

/**
 * Writes all that a process is started with, and returns its configuration file. Nothing of it is told to a process
 * yet, and `told` says so.
 */
export function writeFiles(
  paths: ServicePaths,
  spec: ServiceSpec,
  account: ServiceAccount,
  env: NodeJS.ProcessEnv,
): string {
  makePrivateDirectory(paths.directory);
  makePrivateDirectory(dirname(paths.leases));
  writeLists(paths, spec, account, env);
  const text = configText(paths, account.lines, spec);
  const path = `${paths.directory}/${configName(text)}`;
  replaceFile(path, text, null);
  return path;
}

/** Writes what a process reads again on SIGHUP, each file at once. */
export function writeLists(
  paths: ServicePaths,
  spec: ServiceSpec,
  account: ServiceAccount,
  env: NodeJS.ProcessEnv,
): void {
  letPass(ownDirectories(paths, env), account);
  removeFile(paths.told);
  replaceFile(paths.reservations, linesText(spec.reservations), account.uid);
  replaceFile(paths.hosts, linesText(spec.hosts), account.uid);
}

/** Only after the process has been told: a run that is killed before leaves it to be told again. */
export function writeTold(paths: ServicePaths, spec: ServiceSpec): void {
  replaceFile(paths.told, toldText(spec), null);
}

/** A file that is not there is as it should be. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Lets dnsmasq through to its files after it has given up root: others may pass, not look. Before every SIGHUP, for
 * systemd sets the mode of a RuntimeDirectory anew whenever it starts the controller.
 */
function letPass(directories: readonly string[], account: ServiceAccount): void {
  if (account.uid === null) return;
  // Those above ours are others', and not for us to open. dnsmasq would say nothing, and know no guest.
  const [first = '/'] = directories;
  for (let above = dirname(first); above !== '/'; above = dirname(above)) {
    const { mode, uid } = statSync(above);
    if ((mode & 0o001) !== 0 || uid === account.uid) continue;
    throw new Error(
      `dnsmasq gives up root and could not come to its files in ${first}: ${above} lets nobody pass (mode ${(mode & 0o7777).toString(8)}); set RUNTIME_DIRECTORY to another place, or chmod o+x ${above}`,
    );
  }
  for (const directory of directories) {
    const mode = modeOf(directory);
    if ((mode & 0o001) === 0) chmodSync(directory, mode | 0o001);
  }
}

/** Whether dnsmasq comes through our directories to its files. */
export function letsPass(paths: ServicePaths, account: ServiceAccount, env: NodeJS.ProcessEnv): boolean {
  return account.uid === null || ownDirectories(paths, env).every((one) => (modeOf(one) & 0o001) !== 0);
}

function ownDirectories(paths: ServicePaths, env: NodeJS.ProcessEnv): string[] {
  return [runtimeDirectory(env), servicesDirectory(env), paths.directory];
}

/** 0 for one that is not there. */
function modeOf(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o7777;
}

/** At once, for whoever reads it; to be read by root and `uid` alone. */
function replaceFile(path: string, text: string, uid: number | null): void {
  const aside = `${path}.new`;
  removeFile(aside);
  writeFileSync(aside, text, { mode: 0o600, flag: 'wx' });
  if (uid !== null) chownSync(aside, uid, -1);
  renameSync(aside, path);
}
