import { chownSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { headSource } from '../../../src/controller/source/head.ts';
import { SourceTrouble } from '../../../src/controller/source/trouble.ts';
import { scratch } from '../../support/desired-directory.ts';
import { describeNeeding } from '../../support/requires.ts';
import { commitMtu, git, repository } from './git-repository.ts';
import { calledFor, mtuOf, watched } from './watched.ts';

const open = (directory: string) => headSource({ directory, cache: null });

describe('the head of a repository', () => {
  it('is what is committed, never what is being saved', async () => {
    const top = repository();
    const source = open(join(top, 'desired'));
    const watch = await watched(source);
    expect(await mtuOf(source)).toBe(1400);
    writeFileSync(join(top, 'desired/red.yaml'), 'apiVersion: plum');
    expect(await mtuOf(source)).toBe(1400);
    const before = watch.calls();
    const second = commitMtu(top, 1450);
    await calledFor(source, watch, before, second);
    expect(await mtuOf(source)).toBe(1450);
    expect(source.description).toBe(`the head of main in ${join(top, 'desired')}`);
    expect(source.state()).toEqual({ seen: second, fetchedAt: null, trouble: null, refused: null });
    const { revision, files } = await (await source.candidate()).texts();
    expect(revision).toBe(second);
    expect(Object.keys(files)).toEqual(['red.yaml']);
  });

  it('is seen with each commit while refs are packed, folders of refs go and come, and git gc runs', async () => {
    const top = repository();
    git(top, 'switch', '--quiet', '--create', 'team/a/live');
    const source = open(join(top, 'desired'));
    const watch = await watched(source);
    for (let mtu = 1000; mtu < 1024; mtu++) {
      const before = watch.calls();
      const commit = commitMtu(top, mtu);
      if (mtu % 3 === 0) git(top, 'pack-refs', '--all', '--prune');
      if (mtu % 8 === 0) git(top, 'gc', '--quiet', '--prune=now');
      await calledFor(source, watch, before, commit);
    }
    expect(await mtuOf(source)).toBe(1023);
  });

  it('follows a switch to another branch, a detached HEAD, a reset and an amended commit', async () => {
    const top = repository();
    const source = open(join(top, 'desired'));
    const watch = await watched(source);
    const first = git(top, 'rev-parse', 'HEAD');
    const steps = [
      () => commitMtu(top, 1410),
      () => commitMtu(top, 1420, '--amend'),
      () => git(top, 'switch', '--quiet', '--create', 'other', first),
      () => commitMtu(top, 1430),
      () => git(top, 'switch', '--quiet', '--detach', 'main'),
      () => git(top, 'reset', '--quiet', '--hard', first),
    ];
    for (const step of steps) {
      const before = watch.calls();
      step();
      await calledFor(source, watch, before, git(top, 'rev-parse', 'HEAD'));
    }
    expect(source.description).toContain('the checked-out branch');
  });

  it('does not call for what leaves the head as it is', async () => {
    const top = repository();
    const source = open(join(top, 'desired'));
    const watch = await watched(source);
    git(top, 'branch', 'other');
    git(top, 'tag', 'v1');
    git(top, 'pack-refs', '--all');
    git(top, 'gc', '--quiet');
    writeFileSync(join(top, 'desired/new.yaml'), 'x');
    git(top, 'add', '--all');
    // What comes last is seen, and nothing was called for before it.
    const commit = commitMtu(top, 1410);
    await calledFor(source, watch, 0, commit);
    expect(watch.calls()).toBe(1);
  });

  it('works in a linked worktree and in a bare repository', async () => {
    const top = repository();
    const linked = join(scratch(), 'linked');
    git(top, 'worktree', 'add', '--quiet', '-b', 'live', linked);
    const bare = join(scratch(), 'bare.git');
    git(top, 'clone', '--quiet', '--bare', top, bare);
    git(top, 'remote', 'add', 'bare', bare);
    for (const [directory, commit] of [
      [join(linked, 'desired'), () => commitMtu(linked, 1410)],
      [
        join(bare, 'desired'),
        () => {
          const id = commitMtu(top, 1420);
          git(top, 'push', '--quiet', 'bare', 'main');
          return id;
        },
      ],
    ] as const) {
      const source = open(directory);
      const watch = await watched(source);
      expect(await mtuOf(source)).toBe(1400);
      const before = watch.calls();
      await calledFor(source, watch, before, commit());
    }
  });

  it('waits for a repository, a commit, and another in the place of the first', async () => {
    const top = join(scratch(), 'later');
    const source = open(join(top, 'desired'));
    const watch = await watched(source);
    await expect(source.candidate()).rejects.toThrow('is in no git repository');
    expect(source.state().trouble).toContain('git init');
    const made = repository();
    renameSync(made, top);
    expect(await mtuOf(source)).toBe(1400);
    expect(source.state().trouble).toBeNull();
    rmSync(top, { recursive: true });
    await expect(source.candidate()).rejects.toThrow(SourceTrouble);
    renameSync(repository(), top);
    expect(await mtuOf(source)).toBe(1400);
    const before = watch.calls();
    await calledFor(source, watch, before, commitMtu(top, 1410));
    git(top, 'switch', '--quiet', '--orphan', 'empty');
    await expect(source.candidate()).rejects.toThrow('has no commit yet');
    expect(source.state().trouble).toContain('has no commit yet');
    // It is back where it was: there is nothing to be done, and nothing to be told any more.
    const empty = watch.calls();
    git(top, 'switch', '--quiet', 'main');
    await vi.waitFor(() => expect(source.state().trouble).toBeNull(), { timeout: 20_000 });
    expect(watch.calls()).toBe(empty);
  });

  it('says what git says when git itself comes to grief, and not that there is no commit', async () => {
    const top = repository();
    const programs = scratch();
    const wrapper = '#!/bin/sh\ncase "$*" in *HEAD*) echo "fatal: out of memory" >&2; exit 128;; esac\n';
    writeFileSync(join(programs, 'git'), `${wrapper}PATH=\${PATH#*:} exec git "$@"\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${programs}:${process.env.PATH}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(open(join(top, 'desired')).candidate()).rejects.toThrow('out of memory');
    vi.unstubAllEnvs();
    expect(await mtuOf(open(join(top, 'desired')))).toBe(1400);
  });
});

describeNeeding(['root'], 'a repository that another user owns', () => {
  it('is refused as git does, with the command that allows it', async () => {
    const top = repository();
    for (const path of ['.', '.git', ...readdirSync(top)]) chownSync(join(top, path), 65534, 65534);
    const source = open(join(top, 'desired'));
    await watched(source);
    await expect(source.candidate()).rejects.toThrow(
      `another user owns the repository ${top}, and its settings could run programs with our rights`,
    );
    expect(source.state().trouble).toContain(`git config --system --add safe.directory ${top}`);
  });
});
