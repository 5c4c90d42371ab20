import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch } from '../support/desired-directory.ts';

const HOOK = resolve('examples/libvirt/qemu');
const OURS = "<domain><interface type='ethernet'><target dev='web1-eth0' managed='no'/></interface></domain>";
const ANOTHERS = "<domain><interface type='network'><source network='default'/></interface></domain>";

/** Calls the hook as libvirt does; `statuses` are those of plumbline, one after the other, 0 when there are no more. */
function callHook(argv: readonly string[], xml: string, ...statuses: number[]) {
  const directory = scratch();
  const calls = join(directory, 'calls');
  const stub = join(directory, 'plumbline');
  const endings = join(directory, 'endings');
  writeFileSync(endings, statuses.map((status) => `${status}\n`).join(''));
  // Each word in a line of its own, so that one with a space is seen.
  writeFileSync(
    stub,
    `#!/bin/sh
printf '%s\\n' "$@" >>${calls}
echo what it says
echo why not >&2
status=$(head -n 1 ${endings})
sed -i 1d ${endings}
exit "\${status:-0}"
`,
  );
  chmodSync(stub, 0o755);
  const { status, stdout, stderr } = spawnSync(HOOK, argv, {
    input: xml,
    encoding: 'utf8',
    cwd: directory,
    env: { PATH: `${directory}:${process.env.PATH}` },
  });
  const words = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [];
  return { status, stdout, stderr, words };
}

describe("libvirt's hook for guests", () => {
  it.each(['migrate', 'prepare'])('claims at %s, in silence, and passes', (operation) => {
    const { status, stdout, words } = callHook(['web1', operation, 'begin', '-'], OURS);
    expect([status, stdout, words]).toEqual([0, '', ['claim', 'web1', '/etc/plumbline/desired']]);
  });

  it('fails with the reason where the claim is refused', () => {
    const { status, stdout, stderr } = callHook(['web1', 'migrate', 'begin', '-'], OURS, 1);
    expect([status, stdout, stderr]).toEqual([1, '', 'why not\n']);
  });

  it('waits for another run that has the host', () => {
    const { status, words } = callHook(['web1', 'migrate', 'begin', '-'], OURS, 75);
    expect([status, words.filter((word) => word === 'claim').length]).toEqual([0, 2]);
  });

  it.each([0, 1])('releases a guest that has gone, whether or not (%s) it had a device', (ending) => {
    const { status, stdout, words } = callHook(['web1', 'stopped', 'end', '-'], OURS, ending);
    expect([status, stdout, words]).toEqual([0, '', ['release', 'web1']]);
  });

  it.each([
    'start begin',
    'started begin',
    'release end',
    'reconnect begin',
    'attach begin',
    'restore begin',
  ])('has nothing to do at %s', (step) => {
    const { status, stdout, words } = callHook(['web1', ...step.split(' '), '-'], OURS);
    expect([status, stdout, words]).toEqual([0, '', []]);
  });

  it.each(['begin', 'end'])('leaves guests alone that have no device of ours, at %s', (step) => {
    const operation = step === 'begin' ? 'prepare' : 'stopped';
    const { status, words } = callHook(['web1', operation, step, '-'], ANOTHERS, 1);
    expect([status, words]).toEqual([0, []]);
  });

  it.each(['', '--help', '-h', 'Web1', 'web 1', '$(touch gone)', 'a;touch gone', 'a/../b', 'web1\nx', '*'])(
    'leaves guests alone whose name is none of ours: %j',
    (name) => {
      const { status, stdout, words } = callHook([name, 'migrate', 'begin', '-'], OURS);
      expect([status, stdout, words]).toEqual([0, '', []]);
    },
  );

  it('takes a domain of any length, and words in it for words', () => {
    const hostile = `<domain><title>$(touch gone) \`touch gone\` managed="no"</title>${' '.repeat(300_000)}</domain>`;
    expect(callHook(['web1', 'prepare', 'begin', '-'], hostile).words).toEqual([]);
    const long = `${OURS}${' '.repeat(300_000)}`;
    expect(callHook(['web1', 'prepare', 'begin', '-'], long).words).toHaveLength(3);
  });

  it('is a program of POSIX sh that names no virsh', () => {
    execFileSync('sh', ['-n', HOOK]);
    const code = readFileSync(HOOK, 'utf8').replaceAll(/^\s*#.*$/gm, '');
    expect(code).not.toMatch(/virsh|eval/);
  });
});
