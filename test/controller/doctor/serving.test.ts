import { describe, expect, test } from 'vitest';
import { judgeForwarding, readForwarding } from '../../../src/controller/doctor/forwarding.ts';
import { judgePorts, parsePort } from '../../../src/controller/doctor/ports.ts';
import { desiredDirectory } from '../../support/desired-directory.ts';

const OURS = { addresses: ['10.20.0.1'], pids: new Set([99]) };
/** As `ss -Hulnp` prints them. */
const line = (local: string, users = 'users:(("dnsmasq",pid=812,fd=4))') =>
  `UNCONN 0      0      ${local} 0.0.0.0:* ${users}`;
const judged = (...lines: string[]) => judgePorts(lines.flatMap(parsePort), OURS);

describe('ports of DHCP and DNS', () => {
  test('a server on every address, once for all of its sockets', () => {
    expect(judged(line('0.0.0.0:53'), line('[::]:53'), line('*:53'))).toMatchObject([
      { code: 'dns-port-taken', severity: 'error', found: 'dnsmasq (pid 812) at port 53 of every address' },
    ]);
    expect(judged(line('0.0.0.0:67', ''))).toMatchObject([
      { code: 'dhcp-port-shared', severity: 'warning', found: 'a process at port 67 of every address' },
    ]);
  });

  test('one on the very address of a network', () => {
    expect(judged(line('10.20.0.1:53', 'users:(("named",pid=7,fd=1))'))).toMatchObject([
      { code: 'dns-port-taken', found: 'named (pid 7) at port 53 of 10.20.0.1' },
    ]);
  });

  test('not ours, not one that keeps to its own', () => {
    const own = 'users:(("dnsmasq",pid=99,fd=4))';
    expect(judged(line('10.20.0.1:53', own), line('0.0.0.0:67', own))).toEqual([]);
    expect(judged(line('127.0.0.53%lo:53'), line('0.0.0.0%virbr0:67'), line('192.168.122.1:53'))).toEqual([]);
    expect(judged('', 'what')).toEqual([]);
  });
});

describe('forwarding', () => {
  const hardened = () =>
    desiredDirectory({
      'proc/sys/net/ipv4/ip_forward': '1\n',
      'etc/sysctl.d/99-hard.conf':
        '# net.ipv4.ip_forward=0\nnet.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding=0\n',
      'usr/lib/sysctl.d/99-hard.conf': 'net.ipv4.conf.all.forwarding=0\n',
      'usr/lib/sysctl.d/50-x.conf': 'net.ipv4.conf.all.rp_filter=2\n',
      'etc/resolv.conf': 'search example\nnameserver 127.0.0.53\n',
    });

  test('is read from files, of which the nearer hides the other', () => {
    expect(readForwarding(hardened())).toEqual({
      router: true,
      turnedOff: [
        '/etc/sysctl.d/99-hard.conf: net.ipv4.ip_forward = 0',
        '/etc/sysctl.d/99-hard.conf: net.ipv6.conf.all.forwarding=0',
      ],
      resolvers: ['127.0.0.53'],
    });
  });

  test('is told of where this host forwards', () => {
    const codes = (forwards: boolean, resolves: boolean, resolvers: string[]) =>
      judgeForwarding({ ...readForwarding(hardened()), resolvers }, { forwards, resolves }).map(
        ({ code }) => code,
      );
    expect(codes(true, true, [])).toEqual(['host-is-router', 'forwarding-turned-off', 'no-resolver']);
    expect(codes(true, true, ['192.0.2.53'])).toEqual(['host-is-router', 'forwarding-turned-off']);
    expect(codes(false, false, [])).toEqual([]);
  });
});
