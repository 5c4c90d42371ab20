import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { SourceTrouble } from '../../../src/controller/source/trouble.ts';
import { worktreeSource } from '../../../src/controller/source/worktree.ts';
import { desiredDirectory, document, scratch, writeFiles } from '../../support/desired-directory.ts';
import { mtuOf, watched } from './watched.ts';

const red = (mtu: number) => document('Network', 'red', `{ mtu: ${mtu} }`);

/** Does something, and waits until the source has called and what it offers is as it should be. */
async function after(act: () => void, calls: () => number, right: () => Promise<void>): Promise<void> {
  const before = calls();
  act();
  await vi.waitFor(() => expect(calls()).toBeGreaterThan(before), { timeout: 20_000, interval: 10 });
  await vi.waitFor(right, { timeout: 20_000 });
}

it('follows files as they are written, renamed, made in new folders and removed', async () => {
  const directory = desiredDirectory({ 'red.yaml': red(1400) });
  const source = worktreeSource({ directory, cache: null });
  const { calls } = await watched(source);
  const mtu = (value: number) => async () => expect(await mtuOf(source)).toBe(value);
  await after(() => writeFiles(directory, { 'red.yaml': red(1410) }), calls, mtu(1410));
  // As vi and many others save.
  const replace = (value: number) => () => {
    writeFiles(directory, { 'red.yaml~new': red(value) });
    renameSync(join(directory, 'red.yaml~new'), join(directory, 'red.yaml'));
  };
  await after(replace(1420), calls, mtu(1420));
  await after(replace(1430), calls, mtu(1430));
  const files =
    (...names: string[]) =>
    async () =>
      expect(Object.keys((await (await source.candidate()).texts()).files)).toEqual(names);
  const blue = { 'new/deep/blue.yaml': document('Network', 'blue', '{}') };
  await after(() => writeFiles(directory, blue), calls, files('new/deep/blue.yaml', 'red.yaml'));
  await after(() => rmSync(join(directory, 'new'), { recursive: true }), calls, files('red.yaml'));
  await after(() => writeFiles(directory, blue), calls, files('new/deep/blue.yaml', 'red.yaml'));
  // As git switches branches: a folder goes and comes at once, and is followed still.
  const again = () => {
    rmSync(join(directory, 'new'), { recursive: true });
    writeFiles(directory, blue);
  };
  for (let i = 0; i < 5; i++) {
    await after(again, calls, files('new/deep/blue.yaml', 'red.yaml'));
    const more = { [`new/deep/${i}.yaml`]: '' };
    await after(
      () => writeFiles(directory, more),
      calls,
      files(`new/deep/${i}.yaml`, 'new/deep/blue.yaml', 'red.yaml'),
    );
  }
  expect((await source.candidate()).revision).toBeNull();
});

it('offers what it read once, whatever is saved meanwhile', async () => {
  const directory = desiredDirectory({ 'red.yaml': red(1400) });
  const candidate = await worktreeSource({ directory, cache: null }).candidate();
  writeFiles(directory, { 'red.yaml': '[', 'new.yaml': '[' });
  const { fleet, problems } = await candidate.load();
  expect(problems).toEqual([]);
  expect(fleet.networks.get('red')?.spec.mtu).toBe(1400);
  expect(await candidate.texts()).toEqual({ revision: null, files: { 'red.yaml': red(1400) } });
});

it('does not call for hidden files and those that are no YAML, nor for what links lead to outside', async () => {
  const outside = desiredDirectory({ 'x.yaml': '' });
  const directory = desiredDirectory({ 'red.yaml': red(1400) });
  symlinkSync(outside, join(directory, 'link'));
  const source = worktreeSource({ directory, cache: null });
  const { calls } = await watched(source);
  const before = calls();
  writeFiles(directory, { '.git/x.yaml': '', '.x.yaml.swp': '' });
  writeFileSync(join(outside, 'x.yaml'), 'x');
  // What comes last is seen, and nothing was called for before it.
  await after(
    () => writeFiles(directory, { 'red.yaml': red(1410) }),
    calls,
    async () => {
      expect(await mtuOf(source)).toBe(1410);
    },
  );
  expect(calls()).toBe(before + 1);
});

it('waits for a directory that is not there', async () => {
  const directory = join(scratch(), 'much', 'later');
  const source = worktreeSource({ directory, cache: null });
  const { calls } = await watched(source);
  await expect(source.candidate()).rejects.toThrow(SourceTrouble);
  expect(source.state().trouble).toContain('cannot be read');
  await after(
    () => {
      mkdirSync(directory, { recursive: true });
      writeFiles(directory, { 'red.yaml': red(1400) });
    },
    calls,
    async () => expect(await mtuOf(source)).toBe(1400),
  );
  expect(source.state().trouble).toBeNull();
});
