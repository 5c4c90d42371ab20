import { readFileSync } from 'node:fs';
import { ToolMissing } from './programs.ts';
import { runTool } from './spawn.ts';

/** Numeric ids of account names that `ip` shows; what is not in it is not known here. */
export interface Accounts {
  users: ReadonlyMap<string, number>;
  groups: ReadonlyMap<string, number>;
}

type Database = 'passwd' | 'group';

/** Names that getent(1) was asked for, with its answer: a directory service may be slow. */
const asked: Record<Database, Map<string, number | null>> = { passwd: new Map(), group: new Map() };
const files: Partial<Record<Database, Map<string, number>>> = {};

/** The numeric id of a user, null when nobody knows the name. */
export function lookupUser(name: string): Promise<number | null> {
  return lookup('passwd', name);
}

/** The numeric id of a group, null when nobody knows the name. */
export function lookupGroup(name: string): Promise<number | null> {
  return lookup('group', name);
}

/** The ids of all these names; unknown ones are left out. */
export async function resolveAccounts(users: Iterable<string>, groups: Iterable<string>): Promise<Accounts> {
  return { users: await resolve('passwd', users), groups: await resolve('group', groups) };
}

async function resolve(database: Database, names: Iterable<string>): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const name of new Set(names)) {
    const id = await lookup(database, name);
    if (id !== null) ids.set(name, id);
  }
  return ids;
}

async function lookup(database: Database, name: string): Promise<number | null> {
  files[database] ??= readDatabase(database);
  const local = files[database].get(name);
  if (local !== undefined) return local;
  const known = asked[database].get(name);
  if (known !== undefined) return known;
  const answer = await getent(database, name);
  asked[database].set(name, answer);
  return answer;
}

function readDatabase(database: Database): Map<string, number> {
  try {
    return parseAccounts(readFileSync(`/etc/${database}`, 'utf8'));
  } catch {
    // A machine without the file has its accounts elsewhere: getent is asked then.
    return new Map();
  }
}

/** passwd(5), group(5): `name:password:id:…`, the first entry of a name counts. */
export function parseAccounts(text: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (!name || !id || !/^\d+$/.test(id) || ids.has(name)) continue;
    ids.set(name, Number(id));
  }
  return ids;
}

async function getent(database: Database, name: string): Promise<number | null> {
  try {
    const { exitCode, stdout } = await runTool('getent', ['--', database, name], { timeoutMs: 5_000 });
    // getent takes a numeric key for an id: only the entry of that very name counts.
    return exitCode === 0 ? (parseAccounts(stdout).get(name) ?? null) : null;
  } catch (error) {
    if (error instanceof ToolMissing) return null;
    throw error;
  }
}
