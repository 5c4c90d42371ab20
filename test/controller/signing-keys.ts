import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './source/git-repository.ts';

/** Somebody who can sign: the settings that git needs for it, and the public key. */
export interface Signer {
  config: string[];
  publicKey: string;
}

/** Real keys of OpenSSH and GnuPG, in a directory that goes with `remove`. */
export class SigningKeys {
  private readonly directory = mkdtempSync(join(tmpdir(), 'plt-keys-'));
  private readonly homes: string[] = [];

  ssh(name: string): Signer {
    const file = join(this.directory, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return {
      config: ['gpg.format=ssh', `user.signingkey=${file}`],
      publicKey: readFileSync(`${file}.pub`, 'utf8').trim(),
    };
  }

  /** `expires` as gpg(1) says it: `never`, `seconds=1`. */
  gpg(name: string, expires = 'never'): Signer & { revoke(): string; binary(): Buffer } {
    const home = join(this.directory, `home-${name}`);
    mkdirSync(home, { mode: 0o700 });
    this.homes.push(home);
    const run = (words: string[], input?: string) =>
      execFileSync(
        'gpg',
        ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', ...words],
        {
          stdio: ['pipe', 'pipe', 'pipe'],
          ...(input === undefined ? {} : { input }),
        },
      );
    run([
      '--passphrase',
      '',
      '--quick-generate-key',
      `${name} <${name}@example.com>`,
      'ed25519',
      'sign',
      expires,
    ]);
    const listing = run(['--list-keys', '--with-colons']).toString();
    const id = /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '';
    return {
      // The program of the repository is given so that each signer has a home of its own.
      config: ['gpg.format=openpgp', `user.signingkey=${id}`, `gpg.program=${this.wrapper(home, name)}`],
      publicKey: run(['--armor', '--export']).toString(),
      binary: () => run(['--export']),
      revoke: () => {
        const file = join(home, 'openpgp-revocs.d', `${id}.rev`);
        // GnuPG puts a colon in front of the block, so that nobody uses it by mistake.
        run(['--import'], readFileSync(file, 'utf8').replace(':-----BEGIN', '-----BEGIN'));
        return run(['--armor', '--export']).toString();
      },
    };
  }

  remove(): void {
    for (const home of this.homes) execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private wrapper(home: string, name: string): string {
    const path = join(this.directory, `gpg-${name}`);
    writeFileSync(path, `#!/bin/sh\nexec gpg --homedir ${home} "$@"\n`, { mode: 0o755 });
    return path;
  }
}

/** Commits nothing but a message, signed or not, and returns the commit. */
export function signed(directory: string, signer: Signer | null, ...words: string[]): string {
  const config = signer === null ? [] : [...signer.config, 'commit.gpgSign=true'];
  git(directory, ...config.flatMap((setting) => ['-c', setting]), ...words);
  return git(directory, 'rev-parse', 'HEAD');
}
