import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { servicePaths } from '../../../src/tools/dnsmasq/files.ts';
import { unitArguments, unitName } from '../../../src/tools/dnsmasq/systemd.ts';
import { scratch } from '../../support/desired-directory.ts';
import { describeNeeding } from '../../support/requires.ts';

const PROPERTY = '--property=';

/** The unit that systemd-run makes of these arguments, as a file. */
function unitFile(command: readonly string[]): string {
  const paths = servicePaths('lab', {
    STATE_DIRECTORY: '/var/lib/plumbline',
    RUNTIME_DIRECTORY: '/run/plumbline',
  });
  const args = unitArguments('lab', paths, command);
  const properties = args.flatMap((arg) => (arg.startsWith(PROPERTY) ? [arg.slice(PROPERTY.length)] : []));
  const [description = '', ...settings] = properties;
  const text = ['[Unit]', description, '[Service]', ...settings, `ExecStart=${command.join(' ')}`, ''];
  const path = join(scratch(), unitName('lab'));
  writeFileSync(path, text.join('\n'));
  return path;
}

describeNeeding(['systemd', 'dnsmasq'], 'the unit of a dnsmasq', () => {
  const command = ['/usr/sbin/dnsmasq', '--conf-file=/run/plumbline/dns/lab/0123456789abcdef.conf'];

  test('has no mistake that systemd finds', () => {
    const argv = ['verify', '--man=no', unitFile(command)];
    const { stdout, stderr } = spawnSync('systemd-analyze', argv, { encoding: 'utf8' });
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('plumbline-dns'))).toEqual([]);
  });

  test('is hardened', () => {
    // Of 100: 96 for a service without any hardening.
    const argv = ['security', '--offline=true', '--threshold=60', '--no-pager', unitFile(command)];
    const { status, stdout } = spawnSync('systemd-analyze', argv, { encoding: 'utf8' });
    expect([status, stdout.split('\n').find((line) => line.includes('Overall'))]).toEqual([
      0,
      expect.stringContaining('level'),
    ]);
  });
});
