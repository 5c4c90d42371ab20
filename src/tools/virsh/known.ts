import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedNetworkUuid } from '../../model/identity.ts';
import { isDocumentName } from '../../model/tokens.ts';
import { runtimeDirectory } from '../directories.ts';
import { makePrivateDirectory } from '../private-directory.ts';

/** Where the system's libvirt keeps what was defined: a file for each network. */
const DEFINED = '/etc/libvirt/qemu/networks';

/**
 * A file that says only that a network of libvirt's was defined since this host was booted. Without it the next run
 * looks into libvirt's own files, or is told by the documents (invariant 1).
 */
function markPath(env: NodeJS.ProcessEnv): string {
  return join(runtimeDirectory(env), 'libvirt');
}

/** Before the first network is defined. */
export function markDefined(env: NodeJS.ProcessEnv): void {
  makePrivateDirectory(runtimeDirectory(env));
  writeFileSync(markPath(env), '', { mode: 0o600 });
}

export function forgetDefined(env: NodeJS.ProcessEnv): void {
  rmSync(markPath(env), { force: true });
}

/** Whether a network of ours may stand in libvirt, without a process to ask it. */
export function mayHaveDefined(env: NodeJS.ProcessEnv): boolean {
  if (existsSync(markPath(env))) return true;
  // The machine's own libvirt is no matter of a namespace, nor where another is named.
  return !env.LIBVIRT_DEFAULT_URI && isMachinesNamespace() && hasOurFiles(DEFINED);
}

function hasOurFiles(directory: string): boolean {
  try {
    return readdirSync(directory).some((file) => {
      const name = /^(.*)\.xml$/.exec(file)?.[1];
      if (name === undefined || !isDocumentName(name)) return false;
      return readFileSync(join(directory, file), 'utf8').includes(`<uuid>${derivedNetworkUuid(name)}</uuid>`);
    });
  } catch {
    // No libvirt, or not for us to look.
    return false;
  }
}

function isMachinesNamespace(): boolean {
  try {
    return readlinkSync('/proc/1/ns/net') === readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}
