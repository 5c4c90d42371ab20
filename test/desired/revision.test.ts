import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDirectory, loadRevision } from '../../src/desired/load.ts';
import { ProblemsError } from '../../src/model/problem.ts';
import { document, scratch, writeFiles } from '../support/desired-directory.ts';

const RED = document('Network', 'red', '{ mtu: 1400 }');
const NO_CACHE = { cache: null };

function git(repository: string, ...words: string[]): string {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  return execFileSync('git', words, {
    cwd: repository,
    env: { PATH: process.env.PATH, HOME: repository, ...identity },
    encoding: 'utf8',
  }).trim();
}

function repository(files: Record<string, string | Uint8Array>): string {
  const directory = scratch();
  git(directory, 'init', '--quiet', '--initial-branch=main');
  writeFiles(directory, files);
  commit(directory);
  return directory;
}

function commit(directory: string): string {
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '--message=x');
  return git(directory, 'rev-parse', 'HEAD');
}

async function refusal(directory: string, revision: string): Promise<string> {
  const error = await loadRevision(directory, revision, NO_CACHE).catch((reason: unknown) => reason);
  if (!(error instanceof ProblemsError)) throw error;
  return error.problems.map(({ code }) => code).join();
}

describe('a desired directory in a commit', () => {
  it('is read from the commit, whatever stands in the working tree', async () => {
    const top = repository({ 'net/desired/red.yaml': RED, 'net/desired/.x.yaml': '[', 'other.yaml': '[' });
    const first = git(top, 'rev-parse', 'HEAD');
    writeFiles(top, { 'net/desired/red.yaml': RED.replace('1400', '1500'), 'net/desired/new.yaml': '[' });
    const { fleet, problems, revision, textOf } = await loadRevision(
      join(top, 'net/desired'),
      'main',
      NO_CACHE,
    );
    expect(problems).toEqual([]);
    expect(revision).toBe(first);
    expect(fleet.networks.get('red')?.spec.mtu).toBe(1400);
    expect(fleet.networks.get('red')?.at(['spec', 'mtu'])).toMatchObject({
      file: 'red.yaml',
      line: 4,
      column: 9,
    });
    expect(await textOf('red.yaml')).toBe(RED);
    expect(await textOf('../../other.yaml')).toBeNull();
  });

  it('may be gone from the working tree, or be the top of the repository', async () => {
    const top = repository({ 'desired/red.yaml': RED });
    rmSync(join(top, 'desired'), { recursive: true });
    expect((await loadRevision(join(top, 'desired'), 'HEAD', NO_CACHE)).fleet.networks.size).toBe(1);
    expect((await loadRevision(top, 'HEAD', NO_CACHE)).fleet.networks.get('red')?.at([]).file).toBe(
      'desired/red.yaml',
    );
  });

  it('takes any name of a commit', async () => {
    const top = repository({ 'red.yaml': RED });
    const first = git(top, 'rev-parse', 'HEAD');
    git(top, 'tag', '--annotate', '--message=x', 'v1');
    writeFiles(top, { 'red.yaml': RED.replace('1400', '1500') });
    commit(top);
    for (const name of ['v1', 'main~1', 'HEAD^', first, first.slice(0, 10)]) {
      expect((await loadRevision(top, name, NO_CACHE)).revision).toBe(first);
    }
  });

  it('reads what a working tree reads: many files, empty ones, any bytes', async () => {
    const files: Record<string, string> = {
      'empty.yaml': '',
      'über/naïve name.yaml': document('Network', 'blue', '{ description: "ü\\n" }'),
    };
    for (let i = 0; i < 700; i++)
      files[`g/${i}.yaml`] = document('Guest', `g${i}`, '{ interfaces: [] }').repeat(1);
    const top = repository(files);
    const committed = await loadRevision(top, 'HEAD', NO_CACHE);
    const standing = await loadDirectory(top, NO_CACHE);
    expect(committed.problems).toEqual([]);
    expect(committed.fleet.guests.size).toBe(700);
    expect([...committed.fleet.guests.values()].map(({ at: _, ...rest }) => rest)).toEqual(
      [...standing.fleet.guests.values()].map(({ at: _, ...rest }) => rest),
    );
    expect(committed.fleet.networks.get('blue')?.at([]).file).toBe('über/naïve name.yaml');
  });

  it('reads no blob whose documents are cached', async () => {
    const top = repository({ 'red.yaml': RED });
    const cache = scratch();
    await loadRevision(top, 'HEAD', { cache });
    const blob = git(top, 'rev-parse', 'HEAD:red.yaml');
    // The object's head, which has its size, is left; its content is gone.
    const object = join(top, '.git/objects', blob.slice(0, 2), blob.slice(2));
    chmodSync(object, 0o644);
    truncateSync(object, 60);
    expect(await refusal(top, 'HEAD')).toBe('git-failed');
    expect((await loadRevision(top, 'HEAD', { cache })).fleet.networks.get('red')?.spec.mtu).toBe(1400);
    // A load from the working tree in between does not take that away.
    await loadDirectory(top, { cache });
    expect((await loadRevision(top, 'HEAD', { cache })).problems).toEqual([]);
  });

  it('follows no link and no submodule', async () => {
    const top = repository({ 'desired/red.yaml': RED, 'x.yaml': RED });
    symlinkSync('../x.yaml', join(top, 'desired/link.yaml'));
    git(top, 'update-index', '--add', '--cacheinfo', `160000,${git(top, 'rev-parse', 'HEAD')},desired/sub`);
    commitIndex(top, 'desired/link.yaml');
    const { problems, fleet } = await loadRevision(join(top, 'desired'), 'HEAD', NO_CACHE);
    expect(problems.map(({ code, source, found }) => `${code} ${source?.file} ${found}`)).toEqual([
      'not-a-file link.yaml a symbolic link',
      'not-a-file sub a submodule',
    ]);
    expect(fleet.unreadable).toBe(true);
  });

  it('tells a link by which documents would be lost in silence, and no other', async () => {
    const top = repository({
      'desired/red/red.yaml': RED,
      'desired/.hidden/blue.yaml': document('Network', 'blue', '{}'),
      'shared/green.yaml': document('Network', 'green', '{}'),
      README: '',
    });
    const targets = {
      'a b': 'red',
      again: '.',
      more: './red/',
      most: 'a b',
      readme: '../README',
      // These hold what a working tree reads, or refuses.
      blue: '.hidden',
      'gr\nn': '../shared',
      green: '../shared',
      'ro ot': '..',
      sub: '../sub/desired',
      tmp: '/tmp',
    };
    for (const [name, target] of Object.entries(targets)) symlinkSync(target, join(top, 'desired', name));
    commit(top);
    const { problems, fleet } = await loadRevision(join(top, 'desired'), 'HEAD', NO_CACHE);
    expect(problems.map(({ code, source }) => `${code} ${source?.file}`).sort()).toEqual(
      ['blue', 'gr\nn', 'green', 'ro ot', 'sub', 'tmp'].map((name) => `not-a-file ${name}`),
    );
    expect(fleet.unreadable).toBe(true);
  });

  it('loses no file whose name is no text', async () => {
    const top = repository({ 'red.yaml': RED });
    for (const byte of [0xfe, 0xff]) {
      const name = Buffer.from([...Buffer.from(`${top}/`), byte, ...Buffer.from('.yaml')]);
      writeFileSync(name, document('Network', `n${byte}`, '{}'));
    }
    commit(top);
    const { problems, fleet } = await loadRevision(top, 'HEAD', NO_CACHE);
    expect(problems.map(({ code }) => code)).toEqual(['unreadable', 'unreadable']);
    expect(fleet.unreadable).toBe(true);
  });

  it('gives the reason of git, not its advice or half an answer', async () => {
    const top = repository({ 'red.yaml': RED });
    for (const revision of ['HEAD^{tree}', 'HEAD..HEAD']) {
      await expect(loadRevision(top, revision, NO_CACHE)).rejects.toThrow(/: (fatal|error): /);
    }
  });

  it('refuses what is too large before reading it', async () => {
    const top = repository({ 'red.yaml': RED, 'large.yaml': `# ${'x'.repeat(1 << 20)}\n` });
    const { problems } = await loadRevision(top, 'HEAD', NO_CACHE);
    expect(problems).toMatchObject([
      { code: 'file-too-large', source: { file: 'large.yaml' }, found: '1048579 bytes' },
    ]);
  });

  it('refuses revisions that are none, and options for git', async () => {
    const top = repository({ 'red.yaml': RED });
    for (const revision of [
      'missing',
      '--help',
      '-x',
      '',
      'HEAD:red.yaml',
      `${'0'.repeat(40)}`,
      'a b',
      '$(id)',
    ]) {
      expect(await refusal(top, revision)).toBe('unknown-revision');
    }
  });

  it('refuses a directory that the commit has not, or that is in no repository', async () => {
    const top = repository({ 'desired/red.yaml': RED });
    expect(await refusal(join(top, 'other'), 'HEAD')).toBe('unknown-directory');
    expect(await refusal(scratch(), 'HEAD')).toBe('no-repository');
    writeFiles(top, { 'empty/readme': '' });
    commit(top);
    expect(await refusal(join(top, 'empty'), 'HEAD')).toBe('empty-directory');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'tells of a repository that is another user’s, and the safe way out',
    async () => {
      const top = repository({ 'desired/red.yaml': RED });
      const revision = git(top, 'rev-parse', 'HEAD');
      for (const path of [top, join(top, '.git')]) chownSync(path, 65534, 65534);
      const { HOME } = process.env;
      process.env.HOME = top;
      try {
        for (const asked of ['HEAD', revision]) {
          const error = await loadRevision(join(top, 'desired'), asked, NO_CACHE).catch((reason) => reason);
          expect(error.problems).toEqual([
            expect.objectContaining({
              code: 'foreign-repository',
              message: `the repository ${top} belongs to another user, and git does not read it for this one`,
              hint: `if you trust whoever may write to it: git config --global --add safe.directory ${top}, as the user that runs plumbline`,
            }),
          ]);
        }
        git(top, 'config', '--global', '--add', 'safe.directory', top);
        expect((await loadRevision(join(top, 'desired'), 'HEAD', NO_CACHE)).revision).toBe(revision);
      } finally {
        process.env.HOME = HOME;
      }
    },
  );

  it('runs nothing that the repository names', async () => {
    const top = repository({ 'desired/red.yaml': RED });
    const witness = join(top, 'ran');
    const program = join(top, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch ${witness}\n`, { mode: 0o755 });
    for (const name of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'core.askPass', 'diff.external']) {
      git(top, 'config', name, program);
    }
    git(top, 'config', 'core.hooksPath', top);
    const { fleet } = await loadRevision(join(top, 'desired'), 'HEAD', NO_CACHE);
    expect(fleet.networks.size).toBe(1);
    expect(() => execFileSync('test', ['-e', witness])).toThrow();
  });
});

/** As `commit`, but only of these files: --all would drop a submodule that is not checked out. */
function commitIndex(directory: string, ...files: string[]): void {
  git(directory, 'add', '--', ...files);
  git(directory, 'commit', '--quiet', '--message=x');
}
