import { expect, test } from 'vitest';
import { linkManager } from '../../src/tools/link-manager.ts';
import { desiredDirectory } from '../support/desired-directory.ts';

test('who configures a link is read from the services’ own files', () => {
  const run = desiredDirectory({
    'systemd/netif/links/2': '# private\nADMIN_STATE=configured\nOPER_STATE=routable\n',
    'systemd/netif/links/3': 'ADMIN_STATE=unmanaged\n',
    'systemd/netif/links/4': 'ADMIN_STATE=configuring\n',
    'NetworkManager/devices/3': '[device]\nmanaged=true\nconnection-uuid=x\n',
    'NetworkManager/devices/5': '[device]\nmanaged=false\n',
    'NetworkManager/devices/6': '[device]\nroute-metric-default-aspired=100\n',
  });
  expect([1, 2, 3, 4, 5, 6].map((index) => linkManager(index, run))).toEqual([
    null,
    'systemd-networkd',
    'NetworkManager',
    'systemd-networkd',
    null,
    null,
  ]);
});
