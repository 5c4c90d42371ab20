import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { compareText } from '../model/order.ts';
import { type Problem, ProblemsError } from '../model/problem.ts';
import { MAX_FILES, MAX_FOLDERS } from './bounds.ts';

/** A YAML file of the desired directory. */
export interface Found {
  /** Relative to the desired directory, with `/`. */
  file: string;
  /** Where it is read. */
  absolute: string;
}

export interface Walk {
  files: Found[];
  problems: Problem[];
  /** Parts of the directory could not be read. */
  unreadable: boolean;
}

interface Link {
  name: string;
  absolute: string;
  depth: number;
}

/** YAML files by their names' ends, in any case: a file passed over in silence would be a trap. */
export function isYamlName(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** Hidden files and folders, `.git` among them, are no part of the desired state. */
export function isHidden(name: string): boolean {
  return name.startsWith('.');
}

/**
 * All YAML files below `directory`, sorted by name. Symbolic links are followed inside of the directory, each file and
 * folder once; one that leads out is an error. Throws ProblemsError when the directory itself cannot be read.
 */
export function walk(directory: string): Walk {
  const result: Walk = { files: [], problems: [], unreadable: false };
  const links: Link[] = [];
  let root: string;
  try {
    root = realpathSync(directory);
    readFolder('', root, 0, links, result, root);
  } catch (error) {
    throw new ProblemsError([
      problem('unreadable', null, `the desired directory ${directory} cannot be read`, error),
    ]);
  }

  // Real files first, then what links lead to: a file reached both ways is read once, under its own name.
  const seen = new Set<string>();
  if (links.length > 0) for (const { absolute } of result.files) seen.add(absolute);
  for (let link = links.shift(); link !== undefined; link = links.shift())
    follow(link, root, seen, links, result);

  result.files.sort((a, b) => compareText(a.file, b.file));
  return result;
}

function readFolder(
  name: string,
  absolute: string,
  depth: number,
  links: Link[],
  result: Walk,
  root: string,
): void {
  const place = name === '' ? '.' : name;
  if (depth > MAX_FOLDERS) {
    result.problems.push(problem('nesting-too-deep', place, `folders are nested deeper than ${MAX_FOLDERS}`));
    result.unreadable = true;
    return;
  }
  let entries: Dirent[];
  try {
    entries = readdirSync(absolute, { withFileTypes: true });
  } catch (error) {
    if (absolute === root) throw error;
    result.problems.push(problem('unreadable', place, 'the folder cannot be read', error));
    result.unreadable = true;
    return;
  }
  for (const entry of entries) {
    if (isHidden(entry.name)) continue;
    const inner = name === '' ? entry.name : `${name}/${entry.name}`;
    const path = absolute === '/' ? `/${entry.name}` : `${absolute}/${entry.name}`;
    if (entry.isDirectory()) readFolder(inner, path, depth + 1, links, result, root);
    else if (entry.isSymbolicLink()) links.push({ name: inner, absolute: path, depth });
    else if (isYamlName(entry.name)) addFile(inner, path, entry.isFile(), result);
  }
}

function addFile(file: string, absolute: string, regular: boolean, result: Walk): void {
  if (!regular) {
    result.problems.push(problem('not-a-file', file, 'this is a device, socket or pipe, and no file'));
    result.unreadable = true;
  } else if (result.files.length >= MAX_FILES) {
    if (result.files.length === MAX_FILES && !result.unreadable) {
      result.problems.push(
        problem('too-many-files', file, `the desired directory holds more than ${MAX_FILES} files`),
      );
    }
    result.unreadable = true;
  } else {
    result.files.push({ file, absolute });
  }
}

function follow(link: Link, root: string, seen: Set<string>, links: Link[], result: Walk): void {
  const before = result.files.length;
  let target: string;
  let folder: boolean;
  let regular: boolean;
  try {
    target = realpathSync(link.absolute);
    const status = statSync(target);
    folder = status.isDirectory();
    regular = status.isFile();
  } catch (error) {
    if (!isYamlName(link.name)) return;
    result.problems.push(problem('unreadable', link.name, 'the symbolic link leads nowhere', error));
    result.unreadable = true;
    return;
  }
  if (!folder && !isYamlName(link.name)) return;
  const way = whereTo(target, root);
  if (way !== 'inside') {
    result.problems.push({
      ...problem('outside-symlink', link.name, `the symbolic link leads ${way}`),
      hint: 'put the file itself here',
    });
    result.unreadable = true;
    return;
  }
  if (seen.has(target) || target === root) return;
  seen.add(target);
  if (folder) {
    readFolder(link.name, target, link.depth + 1, links, result, root);
    const fresh = result.files.splice(before).filter(({ absolute }) => !seen.has(absolute));
    for (const { absolute } of fresh) seen.add(absolute);
    result.files.push(...fresh);
  } else {
    addFile(link.name, target, regular, result);
  }
}

/** What git keeps there is as little meant for a report, which shows lines, as what lies outside. */
function whereTo(target: string, root: string): 'inside' | 'out of the desired directory' | 'into .git' {
  const inside = root === '/' ? '/' : `${root}/`;
  if (target !== root && !target.startsWith(inside)) return 'out of the desired directory';
  return target.slice(inside.length).split('/').includes('.git') ? 'into .git' : 'inside';
}

function problem(code: string, file: string | null, message: string, error?: unknown): Problem {
  const why = error instanceof Error ? `: ${error.message}` : '';
  const source = file === null ? null : { file, line: 1, column: 1 };
  return { code, severity: 'error', message: `${message}${why}`, source };
}
