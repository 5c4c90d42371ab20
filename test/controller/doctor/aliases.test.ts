import { describe, expect, test } from 'vitest';
import { judgeAliases } from '../../../src/controller/doctor/aliases.ts';
import { foreignBridge, foreignTap, nic } from '../../support/host.ts';
import { ALL, bridge, tap, uplink } from './sample-subjects.ts';

describe('aliases', () => {
  test('ours, and whatever stands on an uplink, are no matter', () => {
    const noted = nic(3, 'eth1', { alias: 'to rack 7, port 12' });
    const links = ALL.flatMap(({ link }) => link ?? []);
    expect(judgeAliases([...links, noted], [...ALL, { ...uplink, link: noted }])).toEqual([]);
  });

  test('a name of the documents that is another program’s', () => {
    const theirs = foreignTap(7, 'web1-eth0', { alias: 'one-42' });
    expect(judgeAliases([theirs], [{ ...tap, link: theirs }])).toMatchObject([
      { code: 'foreign-alias', severity: 'error', found: 'a tap web1-eth0 with the alias “one-42”' },
    ]);
    const bare = foreignBridge(5, 'br-storage');
    expect(judgeAliases([bare], [{ ...bridge, link: bare }])).toMatchObject([{ code: 'name-taken' }]);
    expect(judgeAliases([bare], [{ ...bridge, link: bare, claimed: false }])).toEqual([]);
  });

  test.each(['', 'Guest/web1', 'Guest/web1/eth0/x', 'Network/a/b', 'Network/A B', 'vm 12'])(
    'a mark that Plumbline never writes: %j',
    (owner) => {
      expect(judgeAliases([foreignTap(9, 'tap9', { alias: `plumbline:${owner}` })], [])).toMatchObject([
        { code: 'alias-unknown', severity: 'warning' },
      ]);
    },
  );
});
