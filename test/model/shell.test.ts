import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { directoryWord, shellLine } from '../../src/model/shell.ts';

test('a shell reads back the very words', () => {
  const words = ['printf', '%s\\n', "a dir'x", '$HOME', '~', '*', 'a;b', '', '"', 'tab\tand\nline', 'größe'];
  const read = execFileSync('sh', ['-c', shellLine(words)], { encoding: 'utf8' });
  expect(read).toBe(`${words.slice(2).join('\n')}\n`);
});

test('words are quoted only where they must be', () => {
  expect(shellLine(['plumbline', 'apply', '/etc/a_b-1.d', '--host', 'kvm-a'])).toBe(
    'plumbline apply /etc/a_b-1.d --host kvm-a',
  );
  expect(shellLine(['plumbline', 'apply', 'a dir'])).toBe("plumbline apply 'a dir'");
});

test('a directory that begins with a dash is no option', () => {
  expect(directoryWord('-dash')).toBe('./-dash');
  expect(directoryWord('desired')).toBe('desired');
});
