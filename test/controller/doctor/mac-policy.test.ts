import { expect, test } from 'vitest';
import { judgeMacPolicy, readMacPolicy } from '../../../src/controller/doctor/mac-policy.ts';
import { desiredDirectory, writeFiles } from '../../support/desired-directory.ts';
import { showService } from './running-service.ts';
import { ALL, bridge, tap } from './sample-subjects.ts';

/** As systemd ships it. */
const DEFAULT = {
  'usr/lib/systemd/network/99-default.link':
    '[Match]\nOriginalName=*\n\n[Link]\nNamePolicy=keep kernel database onboard slot path\nMACAddressPolicy=persistent\n',
};

function host(files: Record<string, string>, where: 'here' | 'elsewhere' = 'here'): string {
  const root = desiredDirectory({});
  writeFiles(root, files);
  showService(root, 'systemd-udevd', where);
  return root;
}

test('the default policy fits taps, whose address is set after they are made, and bridges without one', () => {
  const found = judgeMacPolicy(readMacPolicy(host(DEFAULT)), [
    ...ALL,
    { ...bridge, name: 'br-bare', mac: null },
  ]);
  expect(found).toMatchObject([{ code: 'mac-policy', severity: 'warning' }]);
  expect(found[0]?.message).toContain('web1-eth0, br-bare an address');
  expect(found[0]?.hint).toContain('Kind=tun bridge');
});

test('a file before it that says none, or another namespace’s udev, leaves them alone', () => {
  const none = { 'etc/systemd/network/10-p.link': '[Match]\nKind=tun\n[Link]\nMACAddressPolicy=none\n' };
  expect(judgeMacPolicy(readMacPolicy(host({ ...DEFAULT, ...none })), [tap])).toEqual([]);
  expect(judgeMacPolicy(readMacPolicy(host(DEFAULT, 'elsewhere')), [tap])).toEqual([]);
});
