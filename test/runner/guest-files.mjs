import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/start/process.mjs';

/** Where test/support/initrd.ts looks for them too. Outside the tree, for they are large and nobody's work. */
const CACHE = '/var/cache/plumbline-test/guest';
const KERNEL = 'linux-image-cloud-amd64';

/**
 * The files that a guest of the tests boots from: Debian's cloud kernel and busybox. Taken out of their packages, which
 * are not installed: a kernel's would change how the machine starts, and busybox-static would drive out busybox.
 * @returns {Promise<string>} why they are not there; empty if they are
 */
export async function guestFiles() {
  if (existsSync(CACHE)) return '';
  mkdirSync(join(CACHE, '..'), { recursive: true });
  const directory = mkdtempSync(join(CACHE, '..', 'new-'));
  try {
    const packages = [await kernelPackage(), 'busybox-static'];
    console.log(`Fetching ${packages.join(', ')} for guests (apt-get download)`);
    // By apt's own account it could not write into root's directory, and would say so.
    await wanted(['apt-get', 'download', '-o', 'APT::Sandbox::User=root', ...packages], directory);
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.deb'))) {
      await wanted(['dpkg-deb', '--extract', file, 'files'], directory);
    }
    // Another run may have been first.
    if (!existsSync(CACHE)) renameSync(join(directory, 'files'), CACHE);
    return '';
  } catch (error) {
    return error.message.trim();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The package that the newest kernel's package stands for. */
async function kernelPackage() {
  const find = async () => {
    const { output } = await run(['apt-cache', 'depends', '--important', KERNEL]);
    return /Depends: (linux-image-\S+)/.exec(output)?.[1];
  };
  const name = await find();
  if (name !== undefined) return name;
  // A fresh machine has no lists.
  await run(['apt-get', 'update']);
  const found = await find();
  if (found === undefined) throw new Error(`apt knows no ${KERNEL}`);
  return found;
}

async function wanted(argv, cwd) {
  const { status, output } = await run(argv, { cwd });
  if (status !== 0) throw new Error(`${argv[0]} failed: ${output}`);
}
