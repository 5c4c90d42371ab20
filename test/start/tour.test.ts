import { expect, test } from 'vitest';
import { loadDirectory } from '../../src/desired/load.ts';
import { showcaseHost } from '../../src/start/showcase.ts';
import { programFile, runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

test('the tour goes to the host with the most kinds of networks', async () => {
  const { fleet } = await loadDirectory('desired', { cache: null });
  expect([...fleet.hosts.keys()]).toContain(showcaseHost(fleet));
  expect(showcaseHost({ ...fleet, hosts: new Map() })).toBeNull();
});

describeNeeding(['root', 'nft', 'dnsmasq'], 'the tour', () => {
  test.each(['kvm-a', 'kvm-b', 'kvm-c'])('goes from nothing to repaired on %s', async (host) => {
    const { status, stdout, stderr } = await runProgram(process.execPath, [programFile('start'), host]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.match(/^\d\. .*/gm)).toHaveLength(7);
    expect(stdout).toContain('In sync');
    const lost = /^\$ ip link del dev (\S+)$/m.exec(stdout)?.[1] ?? '';
    const [, tree = ''] = stdout.split('7. What stands now');
    expect(tree).toContain(lost);
    if (host === 'kvm-c') expect(tree).toContain('serves 10.20.0.1/24');
  });

  test('leaves out what is served where a program for that is not installed, and says so', async () => {
    const hide = 'mount --bind /dev/null "$(command -v dnsmasq)"; exec "$@"';
    const tour = [process.execPath, programFile('start'), 'kvm-c'];
    const { status, stdout } = await runProgram('unshare', ['--mount', 'sh', '-c', hide, 'sh', ...tour]);
    expect(status).toBe(0);
    expect(stdout).toContain(
      '; no network can be served here: dnsmasq not installed (apt-get install dnsmasq-base)',
    );
    expect(stdout).not.toContain('virbr-lab  ');
  });
});
