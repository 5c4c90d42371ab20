import { symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  isTrue,
  lastValue,
  parseSections,
  readNetworkFiles,
} from '../../../src/controller/doctor/unit-files.ts';
import { desiredDirectory } from '../../support/desired-directory.ts';

test('comments, joined lines, repeated and emptied keys', () => {
  const sections = parseSections(
    '# none\n[Match]\nName=a b\nName=c\n; none\nDriver=x\nDriver=\n[Link]\nAlias=one \\\n two\nUnmanaged=yes\r\n',
  );
  expect(sections.get('Match')?.get('Name')).toEqual(['a b', 'c']);
  expect(sections.get('Match')?.get('Driver')).toEqual([]);
  expect(lastValue(sections, 'Link', 'Alias')).toMatch(/^one\s+two$/);
  expect(isTrue(lastValue(sections, 'Link', 'Unmanaged'))).toBe(true);
  expect(lastValue(sections, 'Network', 'DHCP')).toBeNull();
});

test('files in the order of their names; /etc hides /usr/lib, empty files hide, drop-ins add', () => {
  const root = desiredDirectory({
    'etc/systemd/network/50-b.network': '[Match]\nName=etc\n',
    'usr/lib/systemd/network/50-b.network': '[Match]\nName=lib\n',
    'usr/lib/systemd/network/10-a.network': '[Match]\nName=a\n',
    'etc/systemd/network/10-a.network.d/x.conf': '[Link]\nUnmanaged=yes\n',
    'usr/lib/systemd/network/90-masked.network': '[Match]\nName=*\n',
    'usr/lib/systemd/network/95-empty.network': '[Match]\nName=*\n',
    'run/systemd/network/95-empty.network': '',
    'usr/lib/systemd/network/99-default.link': '[Match]\nOriginalName=*\n',
  });
  symlinkSync('/dev/null', join(root, 'etc/systemd/network/90-masked.network'));
  const files = readNetworkFiles('.network', root);
  expect(files.map(({ path }) => basename(path))).toEqual(['10-a.network', '50-b.network']);
  expect(files.map(({ sections }) => lastValue(sections, 'Match', 'Name'))).toEqual(['a', 'etc']);
  expect(files.map(({ sections }) => lastValue(sections, 'Link', 'Unmanaged'))).toEqual(['yes', null]);
});
