import { describe, expect, test } from 'vitest';
import { judgeTools } from '../../../src/controller/doctor/missing-tools.ts';
import { judgeRights, readCapabilities } from '../../../src/controller/doctor/rights.ts';
import { desiredDirectory } from '../../support/desired-directory.ts';
import { NEEDS, NO_NEEDS } from './sample-subjects.ts';

describe('rights', () => {
  test('none at all, for a host that needs all of them', () => {
    expect(judgeRights(0n, NEEDS).map(({ severity, message }) => [severity, message.split(' ')[1]])).toEqual([
      ['error', 'CAP_NET_ADMIN'],
      ['warning', 'CAP_SYS_PTRACE'],
      ['error', 'CAP_CHOWN'],
      ['error', 'CAP_KILL'],
      ['warning', 'CAP_NET_RAW'],
    ]);
    expect(judgeRights(0n, NO_NEEDS)).toHaveLength(2);
  });

  test('those of the unit are enough', () => {
    const unit = [12n, 19n, 2n, 0n, 3n, 13n, 5n].reduce((set, bit) => set | (1n << bit), 0n);
    expect(judgeRights(unit, NEEDS)).toEqual([]);
    expect(judgeRights(unit & ~(1n << 2n), NEEDS)).toMatchObject([
      { code: 'right-missing', message: expect.stringMatching(/^without CAP_DAC_READ_SEARCH it/) },
    ]);
  });

  test('read from /proc', () => {
    const proc = desiredDirectory({
      'self/status': 'Name:\tnode\nCapPrm:\tffff\nCapEff:\t000001fffeffffff\n',
    });
    expect(readCapabilities(proc)).toBe(0x1fffeffffffn);
    expect(readCapabilities('/proc')).not.toBeNull();
    expect(readCapabilities(desiredDirectory({}))).toBeNull();
    expect(judgeRights(null, NEEDS)).toEqual([]);
  });
});

describe('tools', () => {
  test('each that is missing, with its Debian package', () => {
    const found = judgeTools(NEEDS, (tool) => tool === 'flock');
    expect(found.map(({ hint }) => hint)).toEqual([
      'apt install iproute2',
      'apt install util-linux',
      'apt install git',
      'apt install libc-bin',
      'apt install iputils-ping',
      'apt install nftables',
      'apt install dnsmasq-base',
      'apt install ethtool',
    ]);
    expect(found[0]).toMatchObject({ code: 'tool-missing', severity: 'error' });
  });

  test('only those that are needed', () => {
    expect(judgeTools(NEEDS, () => true)).toEqual([]);
    expect(judgeTools(NO_NEEDS, (tool) => !['ping', 'getent', 'nft', 'dnsmasq'].includes(tool))).toEqual([]);
  });
});
