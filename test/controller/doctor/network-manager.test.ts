import { describe, expect, test } from 'vitest';
import { judgeNetworkManager, readNetworkManager } from '../../../src/controller/doctor/network-manager.ts';
import { desiredDirectory, writeFiles } from '../../support/desired-directory.ts';
import { showService } from './running-service.ts';
import { ALL, bridge, macvtap, tap, uplink } from './sample-subjects.ts';

function judge(files: Record<string, string>, subjects = ALL) {
  const root = desiredDirectory({});
  writeFiles(root, files);
  showService(root, 'NetworkManager', 'here');
  return judgeNetworkManager(readNetworkManager(root, subjects), subjects);
}

const conf = (text: string) => ({ 'etc/NetworkManager/conf.d/90-x.conf': text });

describe('NetworkManager', () => {
  test('without a word of ours it has uplinks by a profile of its own, and counts the rest as its own', () => {
    expect(judge({})).toMatchObject([
      { code: 'network-manager-manages', severity: 'error', found: expect.stringContaining('eth1') },
      { code: 'network-manager-manages', severity: 'warning', found: expect.stringContaining('web1-eth0') },
    ]);
  });

  test.each([
    ['interface-name:web*;interface-name:=db1-eth0;mac:02:00:00:00:00:03;type:bridge'],
    ['*'],
    ['driver:tun;type:macvlan;type:bridge;type:ethernet'],
  ])('unmanaged: %s', (spec) => {
    expect(judge(conf(`[keyfile]\nunmanaged-devices=${spec}\n`))).toEqual([]);
  });

  test('an exception is managed, += adds, a device section decides', () => {
    expect(judge(conf('[keyfile]\nunmanaged-devices=*,except:interface-name:eth1\n'))).toMatchObject([
      { severity: 'error' },
    ]);
    const added = { ...conf('[keyfile]\nunmanaged-devices+=interface-name:eth1\n') };
    const files = {
      'etc/NetworkManager/NetworkManager.conf': '[keyfile]\nunmanaged-devices=type:tun\n',
      ...added,
    };
    expect(judge(files, [tap, uplink])).toEqual([]);
    expect(judge(conf('[device-ours]\nmatch-device=interface-name:db*\nmanaged=0\n'), [macvtap])).toEqual([]);
  });

  test('what it says of a link that stands counts more than its files', () => {
    const managed = { 'run/NetworkManager/devices/3': '[device]\nmanaged=true\n' };
    expect(judge({ ...conf('[keyfile]\nunmanaged-devices=*\n'), ...managed }, [uplink])).toHaveLength(1);
    expect(judge({ 'run/NetworkManager/devices/5': '[device]\nmanaged=false\n' }, [bridge])).toEqual([]);
  });

  test('where it does not run nothing is found', () => {
    const root = desiredDirectory(conf('[keyfile]\n'));
    expect(judgeNetworkManager(readNetworkManager(root, ALL), ALL)).toEqual([]);
  });
});
