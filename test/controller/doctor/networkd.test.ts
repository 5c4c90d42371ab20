import { describe, expect, test } from 'vitest';
import { judgeNetworkd, readNetworkd } from '../../../src/controller/doctor/networkd.ts';
import { desiredDirectory, writeFiles } from '../../support/desired-directory.ts';
import { showService } from './running-service.ts';
import { ALL, bridge, tap, uplink } from './sample-subjects.ts';

function host(files: Record<string, string>, where: 'here' | 'elsewhere' | null = 'here'): string {
  const root = desiredDirectory({});
  for (const [name, text] of Object.entries(files))
    writeFiles(root, { [`etc/systemd/network/${name}`]: text });
  if (where !== null) showService(root, 'systemd-network', where);
  return root;
}

const GREEDY = { '20-all.network': '[Match]\nName=*\n[Network]\nDHCP=yes\n' };

describe('systemd-networkd', () => {
  test('a file that matches everything is told once, with each of our links', () => {
    const [finding, ...others] = judgeNetworkd(readNetworkd(host(GREEDY)), ALL);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'networkd-matches', severity: 'error' });
    for (const { name } of ALL) expect(finding?.found).toContain(name);
    expect(finding?.found).toContain('20-all.network');
    expect(finding?.hint).toContain('Unmanaged=yes');
  });

  test('the first file that matches wins', () => {
    const spared = {
      '05-ours.network': '[Match]\nName=web* db* br-* eth1\n[Link]\nUnmanaged=yes\n',
      ...GREEDY,
    };
    expect(judgeNetworkd(readNetworkd(host(spared)), ALL)).toEqual([]);
    const late = { ...GREEDY, '30-ours.network': '[Match]\nName=*\n[Link]\nUnmanaged=yes\n' };
    expect(judgeNetworkd(readNetworkd(host(late)), ALL)).toHaveLength(1);
  });

  test('an uplink may be configured by one who puts it on the same bridge, or keeps its master', () => {
    const judge = (network: string) =>
      judgeNetworkd(readNetworkd(host({ 'a.network': `[Match]\nName=eth1\n[Network]\n${network}\n` })), [
        uplink,
      ]);
    expect(judge('Bridge=br-storage')).toEqual([]);
    expect(judge('KeepMaster=yes')).toEqual([]);
    expect(judge('Bridge=br-other')).toMatchObject([{ severity: 'error' }]);
    expect(judge('DHCP=yes')).toMatchObject([{ severity: 'error' }]);
  });

  test('a bridge alone, or a match that is not sure, is a warning', () => {
    expect(judgeNetworkd(readNetworkd(host(GREEDY)), [bridge])).toMatchObject([{ severity: 'warning' }]);
    const unsure = { 'a.network': '[Match]\nDriver=ixgbe\n[Network]\nDHCP=yes\n' };
    expect(judgeNetworkd(readNetworkd(host(unsure)), [uplink])).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('may configure') },
    ]);
  });

  test('a service that does not run here fights with nobody, one that is enabled will', () => {
    expect(judgeNetworkd(readNetworkd(host(GREEDY, null)), ALL)).toEqual([]);
    expect(judgeNetworkd(readNetworkd(host(GREEDY, 'elsewhere')), ALL)).toEqual([]);
    const root = host(GREEDY, null);
    writeFiles(root, { 'etc/systemd/system/multi-user.target.wants/systemd-networkd.service': '' });
    expect(judgeNetworkd(readNetworkd(root), [tap])).toMatchObject([{ severity: 'warning' }]);
  });
});
