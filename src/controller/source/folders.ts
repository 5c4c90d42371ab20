import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { MAX_FOLDERS } from '../../desired/bounds.ts';
import { existingParent } from '../../desired/revision.ts';
import { isHidden, isYamlName } from '../../desired/walk.ts';
import { directoryIdentity, type WatchPlan } from './renewing-watch.ts';

/**
 * All folders of a desired directory, as src/desired/walk.ts reads them: nothing hidden, no file that is no YAML, and
 * links not followed, for what one leads to inside is watched by its own name. Where there is no such directory, it is
 * looked out for.
 */
export function foldersOf(directory: string): WatchPlan {
  const wanted = resolve(directory);
  const standing = existingParent(wanted);
  if (standing !== wanted) return lookout(wanted, standing);
  const root = realOrSelf(wanted);
  const folders: string[] = [];
  collect(root, 0, folders);
  return {
    directories: folders,
    ignored: (path, isFile) => isPassedOver(relative(root, path), isFile),
    identity: folders.map(directoryIdentity).join('\n'),
  };
}

function lookout(wanted: string, standing: string): WatchPlan {
  const [next = ''] = relative(standing, wanted).split('/');
  const awaited = join(standing, next);
  return {
    directories: [standing],
    ignored: (path) => path !== standing && path !== awaited,
    identity: `${directoryIdentity(standing)} ${dirname(awaited)}`,
  };
}

function collect(folder: string, depth: number, folders: string[]): void {
  folders.push(folder);
  if (depth >= MAX_FOLDERS) return;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !isHidden(entry.name)) collect(join(folder, entry.name), depth + 1, folders);
    }
  } catch {
    // Gone meanwhile, or not to be read: who loads it says so.
  }
}

function isPassedOver(path: string, isFile: boolean): boolean {
  if (path === '') return false;
  return path.split('/').some(isHidden) || (isFile && !isYamlName(path));
}

function realOrSelf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
