import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { judgeAllowedSigners } from '../../../src/controller/doctor/allowed-signers.ts';
import { scratch, writeFiles } from '../../support/desired-directory.ts';
import { programFile, runProgram } from '../../support/program.ts';
import { describeNeeding } from '../../support/requires.ts';
import { SigningKeys } from '../signing-keys.ts';

function fileOf(text: string): string {
  const directory = scratch();
  writeFiles(directory, { signers: text });
  return join(directory, 'signers');
}

describeNeeding(['signing'], 'the file of allowed signers', () => {
  const keys = new SigningKeys();
  afterAll(() => keys.remove());

  test('with keys of either kind is no finding, nor is none', async () => {
    const ssh = `ann ${keys.ssh('ann').publicKey}\n`;
    const pgp = keys.gpg('bob').publicKey;
    expect(await judgeAllowedSigners(null)).toEqual([]);
    expect(await judgeAllowedSigners(fileOf(ssh))).toEqual([]);
    expect(await judgeAllowedSigners(fileOf(`${ssh}${pgp}`))).toEqual([]);
  });

  test.each([
    ['that is not there', null, 'cannot be read'],
    ['that names nobody', '# nobody yet\n', 'names nobody'],
  ])('%s is an error that says so', async (_, text, words) => {
    const file = text === null ? '/no/such/file' : fileOf(text);
    const [finding, ...more] = await judgeAllowedSigners(file);
    expect(finding).toMatchObject({ code: 'bad-signers', severity: 'error', found: file });
    expect(finding?.message).toContain(words);
    expect(finding?.hint).toContain('ssh-ed25519');
    expect(more).toEqual([]);
  });

  test('whose keys need a program that is not installed says which', async () => {
    const file = fileOf(`ann ${keys.ssh('ann2').publicKey}\n`);
    const words = [programFile(), 'doctor', scratch(), '--verify-signatures', file, '-o', 'json'];
    // Programs are looked for in /usr/sbin and /sbin as well, where ssh-keygen is not.
    const env = { ...process.env, PATH: scratch(), STATE_DIRECTORY: scratch(), RUNTIME_DIRECTORY: scratch() };
    const { stdout } = await runProgram(process.execPath, words, { env });
    const { findings }: { findings: { code: string; message: string; hint: string }[] } = JSON.parse(stdout);
    const signing = findings.filter(({ message }) => message.includes('--verify-signatures'));
    expect(signing).toEqual([
      expect.objectContaining({ code: 'tool-missing', hint: 'apt install openssh-client' }),
    ]);
  });
});
