import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type SignatureRange, verifySignatures } from '../../src/controller/signatures.ts';
import { scratch } from '../support/desired-directory.ts';
import { describeNeeding } from '../support/requires.ts';
import { type Signer, SigningKeys, signed } from './signing-keys.ts';
import { git, repository } from './source/git-repository.ts';

describeNeeding(['signing'], 'signatures of commits', () => {
  let keys: SigningKeys;
  let alice: Signer;
  let mallory: Signer;
  let bob: ReturnType<SigningKeys['gpg']>;
  let eve: ReturnType<SigningKeys['gpg']>;
  beforeAll(() => {
    keys = new SigningKeys();
    alice = keys.ssh('alice');
    mallory = keys.ssh('mallory');
    bob = keys.gpg('bob');
    eve = keys.gpg('eve');
  });
  afterAll(() => keys.remove());

  /** A file that allows alice and bob, or what is given. */
  function signers(
    content: string | Uint8Array = `alice@example.com ${alice.publicKey}\n${bob.publicKey}`,
  ): string {
    const file = join(scratch(), 'signers');
    writeFileSync(file, content);
    return file;
  }

  const commit = (directory: string, signer: Signer | null, subject = 'x') =>
    signed(directory, signer, 'commit', '--quiet', '--allow-empty', `--message=${subject}`);

  /** The codes of what is refused; by default of all that follows the first commit. */
  async function codes(directory: string, range: Partial<SignatureRange> = {}): Promise<string[]> {
    const problems = await verify(directory, range);
    return problems.map(({ code }) => code);
  }

  function verify(directory: string, range: Partial<SignatureRange> = {}) {
    return verifySignatures({
      repository: directory,
      from: git(directory, 'rev-list', '--max-parents=0', 'HEAD'),
      to: git(directory, 'rev-parse', 'HEAD'),
      trustFrom: null,
      allowForce: false,
      ...range,
      allowedSigners: range.allowedSigners ?? signers(),
    });
  }

  it('are good by keys of OpenSSH and of GnuPG that the file has', async () => {
    const top = repository();
    commit(top, alice);
    commit(top, bob);
    expect(await verify(top)).toEqual([]);
    expect(await codes(top, { allowedSigners: signers(bob.publicKey) })).toEqual(['untrusted-signature']);
    expect(await codes(top, { allowedSigners: signers(`alice@example.com ${alice.publicKey}`) })).toEqual([
      'untrusted-signature',
    ]);
    const head = commit(top, bob);
    expect(await codes(top, { allowedSigners: signers(bob.binary()), from: `${head}^` })).toEqual([]);
  });

  it('are refused when there is none, or by a key that the file does not have', async () => {
    const top = repository();
    commit(top, null, 'no signature');
    commit(top, mallory);
    const last = commit(top, eve);
    const problems = await verify(top);
    expect(problems.map(({ code }) => code)).toEqual([
      'untrusted-signature',
      'untrusted-signature',
      'unsigned-commit',
    ]);
    expect(problems[0]).toMatchObject({ severity: 'error', found: last });
    expect(problems[2]?.message).toMatch(/^commit [0-9a-f]{12} "no signature" by "a" is not signed$/);
  });

  it('are asked of every commit below a good head', async () => {
    const top = repository();
    const first = commit(top, alice);
    commit(top, null);
    const head = commit(top, alice);
    expect(await codes(top)).toEqual(['unsigned-commit']);
    expect(await codes(top, { from: first })).toEqual(['unsigned-commit']);
    expect(await codes(top, { from: `${head}^` })).toEqual([]);
    expect(await codes(top, { from: head })).toEqual([]);
  });

  it('are asked of what a merge brings in, from whichever side', async () => {
    const top = repository();
    const base = commit(top, alice);
    for (const [ours, theirs] of [
      [alice, null],
      [null, alice],
    ]) {
      git(top, 'switch', '--quiet', '--force-create', 'side', base);
      commit(top, theirs ?? null, 'theirs');
      git(top, 'switch', '--quiet', '--force-create', 'ours', base);
      commit(top, ours ?? null, 'ours');
      signed(top, alice, 'merge', '--quiet', '--no-ff', '--message=merge', 'side');
      expect(await codes(top, { from: base })).toEqual(['unsigned-commit']);
    }
    git(top, 'switch', '--quiet', '--force-create', 'side', base);
    commit(top, bob);
    git(top, 'switch', '--quiet', '--force-create', 'ours', base);
    commit(top, alice);
    signed(top, null, 'merge', '--quiet', '--no-ff', '--message=merge', 'side');
    expect(await codes(top, { from: base })).toEqual(['unsigned-commit']);
    git(top, 'reset', '--quiet', '--hard', 'HEAD^');
    signed(top, alice, 'merge', '--quiet', '--no-ff', '--message=merge', 'side');
    expect(await codes(top, { from: base })).toEqual([]);
  });

  it('begin after the commit that is trusted, or with the first of all', async () => {
    const top = repository();
    const root = commit(top, null);
    commit(top, alice);
    expect(await codes(top, { from: null, trustFrom: root })).toEqual([]);
    expect(await codes(top, { from: null, trustFrom: null })).toEqual(['unsigned-commit', 'unsigned-commit']);
    for (const trustFrom of ['missing', '--all', '0'.repeat(40), '']) {
      expect(await codes(top, { from: null, trustFrom })).toEqual(['unknown-trust-root']);
    }
    git(top, 'switch', '--quiet', '--orphan', 'other');
    const stranger = commit(top, alice);
    git(top, 'switch', '--quiet', 'main');
    expect(await codes(top, { from: null, trustFrom: stranger })).toEqual(['unknown-trust-root']);
    const shallow = join(scratch(), 'shallow');
    git(top, 'clone', '--quiet', '--depth=1', '--branch=main', `file://${top}`, shallow);
    expect(await codes(shallow, { from: null })).toEqual(['shallow-history']);
  });

  it('of a rewritten history are not looked at, unless that is allowed', async () => {
    const top = repository();
    const root = git(top, 'rev-parse', 'HEAD');
    const good = commit(top, alice, 'good');
    git(top, 'reset', '--quiet', '--hard', root);
    commit(top, null, 'other');
    commit(top, alice);
    expect(await codes(top, { from: good })).toEqual(['not-forward']);
    expect(await codes(top, { from: good, allowForce: true })).toEqual(['unsigned-commit']);
    const lost = '1'.repeat(40);
    expect(await codes(top, { from: lost })).toEqual(['not-forward']);
    expect(await codes(top, { from: lost, allowForce: true, trustFrom: root })).toEqual(['unsigned-commit']);
    // Back to an older one: nothing in it is new, but it is no way forward.
    expect(await codes(top, { from: 'main', to: root })).toEqual(['not-forward']);
  });

  it('count for nothing when the commit was changed after it was signed', async () => {
    const top = repository();
    commit(top, alice, 'honest');
    const object = git(top, 'cat-file', 'commit', 'HEAD').replace('honest', 'forged');
    const file = join(scratch(), 'commit');
    writeFileSync(file, `${object}\n`);
    git(top, 'reset', '--quiet', '--hard', git(top, 'hash-object', '-t', 'commit', '-w', file));
    expect(await codes(top)).toEqual(['bad-signature']);
  });

  it('of keys that have expired or were revoked are refused', async () => {
    const top = repository();
    const short = keys.gpg('short', 'seconds=2');
    const withdrawn = keys.gpg('withdrawn');
    commit(top, short);
    const old = commit(top, withdrawn);
    const revoked = signers(withdrawn.revoke());
    expect(await codes(top, { allowedSigners: revoked, from: `${old}^` })).toEqual(['revoked-signature']);
    await vi.waitFor(
      async () => {
        const range = { allowedSigners: signers(short.publicKey), to: `${old}^` };
        expect(await codes(top, { ...range, to: git(top, 'rev-parse', range.to) })).toEqual([
          'expired-signature',
        ]);
      },
      { timeout: 20_000 },
    );
    const never = `alice@example.com valid-before="20000101" ${alice.publicKey}`;
    const late = commit(top, alice);
    expect(await codes(top, { allowedSigners: signers(never), from: `${late}^` })).not.toEqual([]);
  });

  it('are not good because the repository or its user says so', async () => {
    const top = repository();
    const first = git(top, 'rev-parse', 'HEAD');
    const yes = join(scratch(), 'yes');
    writeFileSync(
      yes,
      '#!/bin/sh\nprintf "\\n[GNUPG:] NEWSIG\\n[GNUPG:] GOODSIG 0123456789ABCDEF x\\n[GNUPG:] VALIDSIG 0 0 0\\n[GNUPG:] TRUST_ULTIMATE 0 pgp\\n"\n',
    );
    chmodSync(yes, 0o755);
    commit(top, eve);
    for (const name of ['gpg.program', 'gpg.openpgp.program', 'gpg.ssh.program', 'gpg.x509.program']) {
      git(top, 'config', name, yes);
    }
    git(top, 'config', 'gpg.ssh.allowedSignersFile', signers(`x ${mallory.publicKey}`));
    git(top, 'config', 'log.showSignature', 'true');
    git(top, 'config', 'core.commitGraph', 'true');
    expect(await codes(top, { from: first })).toEqual(['untrusted-signature']);
    // Refs that show a good commit, or the head as a root, in the place of the one that is there.
    const bad = git(top, 'rev-parse', 'HEAD');
    git(top, 'replace', bad, first);
    mkdirSync(join(top, '.git/info'), { recursive: true });
    writeFileSync(join(top, '.git/info/grafts'), `${bad}\n`);
    expect(await codes(top, { from: first, to: bad })).toEqual(['untrusted-signature']);
  });

  it('are not passed when the file is missing, empty or no list of signers', async () => {
    const top = repository();
    commit(top, alice);
    const missing = join(scratch(), 'missing');
    const broken = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n';
    for (const file of [
      missing,
      signers(''),
      signers('# nobody\n'),
      signers(broken),
      signers(Buffer.from([0x99, 1])),
    ]) {
      expect(await codes(top, { allowedSigners: file })).toEqual(['bad-signers']);
    }
    expect(await codes(top, { allowedSigners: signers('garbage') })).not.toEqual([]);
    rmSync(join(top, '.git'), { recursive: true });
    const lost = { from: null, to: '1'.repeat(40), trustFrom: null };
    expect(
      (await verifySignatures({ repository: top, allowedSigners: signers(), allowForce: false, ...lost }))
        .length,
    ).toBe(1);
  });

  it('leave no key and no agent behind, and tell at most so many', async () => {
    const top = repository();
    for (let i = 0; i < 25; i++) commit(top, null);
    const allowed = signers();
    const temporary = scratch();
    vi.stubEnv('TMPDIR', temporary);
    const problems = await verify(top, { allowedSigners: allowed });
    vi.unstubAllEnvs();
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)?.message).toBe('5 more commits without a good signature');
    expect(readdirSync(temporary)).toEqual([]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(temporary);
  });
});
