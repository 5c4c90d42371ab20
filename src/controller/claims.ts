import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../model/problem.ts';
import { isDocumentName } from '../model/tokens.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { isObject, numberAt, textAt } from '../tools/json.ts';
import { readProc } from '../tools/macvtap-node.ts';
import { errorCode, messageOf } from '../tools/result.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/**
 * Statements of this host alone: a guest is about to run here, whatever git says so far. A file for each guest in the
 * runtime directory, below a folder of this network namespace. One that is over, by its time or by another boot, is as
 * good as none.
 */
export interface Claim {
  guest: string;
  /** Milliseconds since the epoch. */
  since: number;
  until: number;
}

/** So long holds a claim of which nobody says otherwise. Seconds. */
export const CLAIM_SECONDS = 600;
/** A day: whoever means longer means git. Seconds. */
export const LONGEST_CLAIM = 86_400;

const SUFFIX = '.json';
/** Of procfs, random(4): drawn anew with each boot. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Those that hold now, by guest, and a warning for each file that cannot be read, which claims nothing. */
export function readClaims(env: NodeJS.ProcessEnv, now: number): { claims: Claim[]; problems: Problem[] } {
  const directory = claimsDirectory(env);
  const claims: Claim[] = [];
  const problems: Problem[] = [];
  for (const file of filesIn(directory)) {
    const guest = file.slice(0, -SUFFIX.length);
    try {
      const claim = parseClaim(guest, readStateFile(join(directory, file)));
      if (claim !== null && claim.until > now) claims.push(claim);
    } catch (error) {
      problems.push({
        code: 'claim-unreadable',
        severity: 'warning',
        message: `the claim ${join(directory, file)} cannot be read, so it claims nothing: ${messageOf(error)}`,
        source: null,
        hint: `remove it; plumbline claim ${guest} makes another`,
      });
    }
  }
  return { claims, problems };
}

/** Claims a guest from now on; an earlier claim of it ends. Throws what the file system says. */
export function keepClaim(env: NodeJS.ProcessEnv, guest: string, seconds: number, now: number): Claim {
  const claim = { guest, since: now, until: now + seconds * 1000 };
  const text = JSON.stringify({
    version: 1,
    guest,
    boot: bootId(),
    since: new Date(claim.since).toISOString(),
    until: new Date(claim.until).toISOString(),
  });
  writeStateFile(join(claimsDirectory(env), guest + SUFFIX), `${text}\n`);
  return claim;
}

/** Whether there was one to end, over or not. */
export function endClaim(env: NodeJS.ProcessEnv, guest: string): boolean {
  try {
    rmSync(join(claimsDirectory(env), guest + SUFFIX));
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function claimsDirectory(env: NodeJS.ProcessEnv): string {
  return join(runtimeDirectory(env), 'claims', String(statSync('/proc/self/ns/net').ino));
}

/** In the order of their names. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(SUFFIX) && isDocumentName(name.slice(0, -SUFFIX.length)))
      .sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** null for one of another boot, and where it has just gone. */
function parseClaim(guest: string, text: string | null): Claim | null {
  if (text === null) return null;
  const json: unknown = JSON.parse(text);
  if (!isObject(json) || numberAt(json, 'version') !== 1 || textAt(json, 'guest') !== guest) {
    throw new Error('it is no claim of this guest, or not of this release');
  }
  if (textAt(json, 'boot') !== bootId()) return null;
  const [since, until] = [Date.parse(textAt(json, 'since') ?? ''), Date.parse(textAt(json, 'until') ?? '')];
  if (Number.isNaN(since) || Number.isNaN(until)) throw new Error('its times cannot be read');
  // A clock that was set back makes no claim longer than one can be.
  return { guest, since, until: Math.min(until, since + LONGEST_CLAIM * 1000) };
}

function bootId(): string {
  return readProc(BOOT_ID)?.trim() ?? '';
}
