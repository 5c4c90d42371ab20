import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Problem, ProblemsError } from '../model/problem.ts';
import { findProgram, ToolMissing } from '../tools/programs.ts';
import { messageOf } from '../tools/result.ts';
import { runTool } from '../tools/spawn.ts';

const PGP_BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/** Those who may sign, as git is told of them: in a throwaway directory, so that no key of this machine's users counts. */
export interface Signers {
  config: string[];
  env: Record<string, string>;
  remove(): void;
}

/**
 * Reads a file of allowed signers: lines as ssh-keygen(1), ALLOWED SIGNERS, has them, exported OpenPGP keys, or both in
 * one file. Throws ProblemsError.
 */
export async function readSigners(file: string): Promise<Signers> {
  const { ssh, pgp } = split(file);
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-signers-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const sshFile = join(directory, 'ssh');
    writeFileSync(sshFile, ssh, { mode: 0o600 });
    if (hasLines(ssh)) requireProgram('ssh-keygen');
    const home = join(directory, 'gnupg');
    mkdirSync(home, { mode: 0o700 });
    const settings = join(home, 'gpg.conf');
    // No agent: there is nothing to sign, and it would outlive us.
    writeFileSync(settings, 'batch\nno-tty\nno-autostart\n');
    if (pgp !== null) {
      const keys = await importKeys(file, home, join(directory, 'pgp'), pgp);
      // That a key is in the file is the trust in it. `trust-model always` says so too, but not to the git of Debian 13.
      appendFileSync(settings, keys.map((fingerprint) => `trusted-key ${fingerprint}\n`).join(''));
    }
    // Named here, so that no setting of the repository has another program say what is good.
    const programs = ['gpg.program=gpg', 'gpg.ssh.program=ssh-keygen', 'gpg.x509.program=false'];
    return {
      config: [...programs, `gpg.ssh.allowedSignersFile=${sshFile}`],
      env: { GNUPGHOME: home },
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function split(file: string): { ssh: string; pgp: Uint8Array | null } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw refused(`the file of allowed signers cannot be read: ${messageOf(error)}`, file);
  }
  // RFC 9580, 4.2: the first octet of a packet has its highest bit set; no line of allowed signers begins so.
  if (((bytes[0] ?? 0) & 0x80) !== 0) return { ssh: '', pgp: bytes };
  const text = new TextDecoder().decode(bytes);
  const blocks = text.match(PGP_BLOCK) ?? [];
  const ssh = text.replace(PGP_BLOCK, '');
  if (blocks.length === 0 && !hasLines(ssh)) throw refused('the file of allowed signers names nobody', file);
  return { ssh, pgp: blocks.length === 0 ? null : Buffer.from(`${blocks.join('\n')}\n`) };
}

function hasLines(text: string): boolean {
  return text.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}

/** doc/DETAILS of GnuPG: one for each key. */
const IMPORTED = /^\[GNUPG:\] IMPORT_OK \d+ ([0-9A-F]{32,64})$/gm;

/** Returns the fingerprints of the keys. */
async function importKeys(file: string, home: string, keys: string, content: Uint8Array): Promise<string[]> {
  requireProgram('gpg');
  writeFileSync(keys, content, { mode: 0o600 });
  const words = ['--homedir', home, '--quiet', '--status-fd', '1', '--import', '--', keys];
  const { exitCode, stdout, stderr } = await runTool('gpg', words, { timeoutMs: 60_000 });
  if (exitCode === 0) return [...stdout.matchAll(IMPORTED)].map(([, fingerprint = '']) => fingerprint);
  throw refused(`gpg cannot read the keys in the file of allowed signers: ${stderr.trim()}`, file);
}

function requireProgram(name: string): void {
  if (findProgram(name) !== null) return;
  const missing = new ToolMissing(name);
  const message = `signatures cannot be verified: ${missing.message}`;
  const found = `no ${name} in PATH, /usr/sbin and /sbin`;
  const hint = `apt install ${missing.package ?? name}`;
  throw new ProblemsError([{ code: 'tool-missing', severity: 'error', message, source: null, found, hint }]);
}

function refused(message: string, found: string): ProblemsError {
  const problem: Problem = {
    code: 'bad-signers',
    severity: 'error',
    message,
    source: null,
    found,
    expected: 'lines `name ssh-ed25519 AAAA…`, or public keys of gpg --export --armor',
  };
  return new ProblemsError([problem]);
}
