import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MonitorLines } from '../../../src/tools/ip/monitor-lines.ts';
import { createNamespace, type Namespace, until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';

const SCENE = `link add name br0 type bridge
link set dev br0 up
tuntap add dev t0 mode tap
link set dev t0 master br0 up
link add name va type veth peer name vb
link set dev va up
link set dev vb up
link add link va name m0 type macvtap mode vepa
link set dev m0 up
addr add dev va 192.0.2.1/24
addr add dev va 2001:db8::1/64 valid_lft 1000 preferred_lft 1000 nodad
`;

describeNeeding(['root'], 'what ip monitor prints', () => {
  let ns: Namespace;
  let monitor: ChildProcess;
  let output: string[];
  let markers = 0;

  beforeEach(async () => {
    ns = createNamespace();
    // The kernel tells of an alias only while the link is up (net/core/dev.c, netdev_state_change).
    ns.ip('link set dev lo up\n');
    monitor = ns.start('ip', '-N', '-o', '-d', 'monitor', 'link', 'address');
    output = [];
    let rest = '';
    monitor.stdout?.setEncoding('latin1').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      output.push(...lines);
    });
    // It listens when it tells of what is done now.
    await until('the monitor listens', () => {
      ns.ip(`link set dev lo alias m${++markers}\n`);
      return output.length > 0;
    });
    ns.ip(SCENE);
    // Some time after a link is up the kernel says what became of its carrier (net/core/link_watch.c).
    const carriers = [/ br0: <NO-CARRIER,/, / va@vb: <.* state UP /, / m0@va: <.* state UP /];
    await until('the carriers are told', () =>
      carriers.every((one) => output.some((line) => one.test(line))),
    );
    await printed('');
  });
  afterEach(() => ns?.remove());

  /** All that is printed until after these lines were carried out. */
  async function printed(batch: string): Promise<string[]> {
    const from = output.length;
    const mark = `alias before-${++markers}-`;
    ns.ip(`${batch}link set dev lo ${mark}\n`);
    let at = -1;
    await until('the monitor has caught up', () => {
      at = output.findIndex((line) => line.includes(mark));
      return at >= 0;
    });
    return output.slice(from, at).filter((line) => !/ lo: /.test(line));
  }

  function changes(lines: MonitorLines, texts: readonly string[]): string[] {
    return texts.filter((text) => lines.push(`${text}\n`));
  }

  test.each([
    ['the MTU', 'link set dev t0 mtu 1400'],
    ['up', 'link set dev t0 down'],
    ['a carrier', 'link set dev vb down'],
    ['the alias', 'link set dev t0 alias plumbline:Guest/a/e0'],
    ['an altname', 'link property add dev t0 altname other'],
    ['the group', 'link set dev t0 group 7'],
    ['the address', 'link set dev m0 address 02:00:00:00:00:07'],
    ['the bridge', 'link set dev t0 nomaster'],
    ['isolation', 'link set dev t0 type bridge_slave isolated on'],
    ['the ageing time', 'link set dev br0 type bridge ageing_time 1000'],
    ['STP', 'link set dev br0 type bridge stp_state 1'],
    ['the mode', 'link set dev m0 type macvtap mode bridge'],
    ['the name', 'link set dev m0 name m1'],
    ['an address', 'addr add dev va 192.0.2.9/24'],
    ['an address that goes', 'addr del dev va 192.0.2.1/24'],
    ['a link that comes', 'tuntap add dev t1 mode tap'],
    ['a link that goes', 'link del dev t0'],
  ])('%s is a change', async (_, line) => {
    const lines = new MonitorLines();
    changes(lines, output);
    expect(changes(lines, await printed(`${line}\n`))).not.toEqual([]);
  });

  test('a port set through the bridge is a change, although the kernel’s notice does not say what', async () => {
    const lines = new MonitorLines();
    changes(lines, output);
    for (const state of ['on', 'off', 'on']) {
      ns.exec('bridge', 'link', 'set', 'dev', 't0', 'isolated', state);
      expect(changes(lines, await printed('link set dev lo alias x\n'))).not.toEqual([]);
    }
  });

  test.each([
    ['who listens', 'link set dev va promisc on\nlink set dev va promisc off'],
    ['multicast', 'link set dev va allmulticast on\nlink set dev va allmulticast off'],
    ['the lifetime of an address', 'addr change dev va 2001:db8::1/64 valid_lft 900 preferred_lft 800'],
    ['link-local addresses', 'addr add dev va fe80::7/64\naddr del dev va fe80::7/64'],
  ])('%s is told by the kernel and is no change', async (_, batch) => {
    const lines = new MonitorLines();
    await printed(`link set dev va mtu 1490\n${batch}\n`);
    changes(lines, output);
    const told = await printed(`${batch}\n`);
    expect(told).not.toEqual([]);
    expect(changes(lines, told)).toEqual([]);
  });

  test('lines are joined however they are cut, and after a loss all is news again', async () => {
    const text = output.map((line) => `${line}\n`).join('');
    const lines = new MonitorLines();
    let changed = 0;
    for (const character of text) if (lines.push(character)) changed += 1;
    const whole = new MonitorLines();
    expect(changed).toBe(changes(whole, output).length);
    const last = output.filter((line) => / t0: .* qdisc /.test(line)).slice(-1);
    expect(changes(whole, last)).toEqual([]);
    whole.forget();
    expect(changes(whole, last)).toEqual(last);
  });
});
