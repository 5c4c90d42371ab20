import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { SysctlWrite } from '../model/step.ts';
import { DONE, errorCode, failed, messageOf, type StepResult } from './result.ts';

/**
 * Settings of the kernel by files, for names in dots cannot say a link with a dot in its name. /proc/sys/net is that of
 * the network namespace of whoever opens it.
 */
const ROOT = '/proc/sys';
/** What separates one directory from the next, and no way up. */
const PATH = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_.~-]+(?:\/[A-Za-z0-9_.~-]+)+$/;

/** The value of each that the kernel has and lets us read. */
export function readSysctls(paths: Iterable<string>): Map<string, string> {
  const values = new Map<string, string>();
  for (const path of paths) {
    const value = readSysctl(path);
    if (value !== null) values.set(path, value);
  }
  return values;
}

/** null where the kernel has no such setting (its link is gone, or it was built without), or we may not read it. */
export function readSysctl(path: string): string | null {
  try {
    return readFileSync(`${ROOT}/${path}`, 'utf8').trim();
  } catch {
    return null;
  }
}

/**
 * Whether this kernel has IPv6, in whatever network namespace: with ipv6.disable=1 on its command line, or built without,
 * it makes none of these settings. Where IPv6 is only switched off by `disable_ipv6` they are there.
 */
export function kernelHasIpv6(): boolean {
  return existsSync(`${ROOT}/net/ipv6`);
}

/** One after the other, up to the first that fails. */
export function writeSysctls(writes: readonly SysctlWrite[]): StepResult {
  for (const write of writes) {
    const problem = writeOne(write);
    if (problem !== null) return failed(problem);
  }
  return DONE;
}

function writeOne({ path, value, optional }: SysctlWrite): string | null {
  if (!PATH.test(path)) throw new Error(`not a path below ${ROOT}: ${JSON.stringify(path)}`);
  try {
    // Opened as it stands: without O_CREAT, which /proc answers with words of its own.
    writeFileSync(`${ROOT}/${path}`, `${value}\n`, { flag: 'r+' });
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' && optional) return null;
    return `${ROOT}/${path} cannot be set to ${value}: ${reason(code) ?? messageOf(error)}`;
  }
}

function reason(code: string | null): string | null {
  switch (code) {
    case 'ENOENT':
      return 'this kernel has no such setting, or its link is gone';
    case 'EACCES':
    case 'EPERM':
      return 'we may not write it';
    case 'EROFS':
      return '/proc/sys is mounted read-only, as in a container';
    case 'EINVAL':
      return 'the kernel does not take this value';
    default:
      return null;
  }
}
