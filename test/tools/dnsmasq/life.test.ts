import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Reservation, Serving } from '../../../src/desired/serving.ts';
import type { ServiceSpec } from '../../../src/model/specs.ts';
import type { ServiceOp } from '../../../src/model/step.ts';
import { dnsmasqSpec } from '../../../src/realise/dnsmasq.ts';
import { createNamespace, until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { makeDhcp, makeServing, makeSubnet } from '../../support/serving.ts';
import { lease4, resolve, type ServiceHost, serviceHost } from './service-host.ts';

const DYNAMIC = makeDhcp('10.20.0.100-10.20.0.199');

function spec(rest: Partial<Serving> = {}, link = 'br0'): ServiceSpec {
  const made = dnsmasqSpec(makeServing(rest), { link, mtu: null });
  if (made === null) throw new Error('nothing to serve');
  return made;
}

function reservation(n: number): Reservation {
  const hex = n.toString(16).padStart(4, '0');
  const mac = `52:54:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`;
  return {
    guest: `g${n}`,
    interface: 'eth0',
    mac,
    name: `g${n}`,
    addresses: [`10.20.${n >> 8}.${n & 255}`],
  };
}

/** The lease file's line of an address, without the time when it ends. */
function leaseOf(host: ServiceHost, network: string, address: string): string | undefined {
  const text = host.ns.exec('cat', join(host.env.STATE_DIRECTORY ?? '', 'leases', network));
  return text
    .split('\n')
    .find((line) => line.includes(` ${address} `))
    ?.slice(11);
}

/** Empty for a process that has ended. */
function commandLine(pid: number): string {
  return spawnSync('cat', [`/proc/${pid}/cmdline`], { encoding: 'utf8' }).stdout;
}

describeNeeding(['root', 'dnsmasq', 'dhcp'], 'the dnsmasq of a network', () => {
  test('is told of reservations and names without a restart, and no lease is lost', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    const before = spec();
    await host.start('lab', before);
    const pid = await host.pid('lab');
    const stranger = host.guest('br0', '52:54:00:00:00:99');
    const address = lease4(host, stranger)?.ip ?? '';

    const after = spec({ reservations: [reservation(10)] });
    await host.done({ do: 'reload', name: 'lab', spec: after });
    expect(await host.read()).toEqual([
      {
        name: 'lab',
        link: 'br0',
        pid,
        config: before.config,
        reservations: after.reservations,
        hosts: after.hosts,
      },
    ]);
    await until(
      'the new name',
      () => JSON.stringify(resolve(stranger, '10.20.0.1', 'resolve4', 'g10')) === '["10.20.0.10"]',
    );
    expect(lease4(host, host.guest('br0', reservation(10).mac))).toMatchObject({ ip: '10.20.0.10' });
    expect(leaseOf(host, 'lab', address)).toContain('52:54:00:00:00:99');
  });

  test('is started anew for another configuration, alone, and its leases stay', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    host.bridge('br1', '10.21.0.1/24');
    const subnets = [makeSubnet('10.21.0.0/24', '10.21.0.1', { dhcp: makeDhcp() })];
    await host.done(
      { do: 'start', name: 'lab', spec: spec() },
      { do: 'start', name: 'red', spec: spec({ subnets }, 'br1') },
    );
    const [lab, red] = [await host.pid('lab'), await host.pid('red')];
    const stranger = host.guest('br0', '52:54:00:00:00:99');
    const lease = lease4(host, stranger);

    const mtu = dnsmasqSpec(makeServing(), { link: 'br0', mtu: 1400 }) ?? spec();
    await host.start('lab', mtu);
    expect(await host.pid('red')).toBe(red);
    expect(await host.pid('lab')).not.toBe(lab);
    expect(commandLine(lab)).toBe('');
    expect((await host.read()).find((one) => one.name === 'lab')?.config).toEqual(mtu.config);
    // The configuration of before is gone, or the next look would not know which one counts.
    expect(readdirSync(join(host.env.RUNTIME_DIRECTORY ?? '', 'dns/lab'))).toHaveLength(4);
    expect(leaseOf(host, 'lab', lease?.ip ?? '')).toContain('52:54:00:00:00:99');
    expect(lease4(host, stranger)?.ip).toBe(lease?.ip);
  });

  test('is found dead, also as a zombie, and started again', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    await host.start('lab', spec());
    const pid = await host.pid('lab');
    process.kill(pid, 'SIGKILL');
    await until('its end', async () => (await host.read())[0]?.pid === null);
    expect(await host.read()).toMatchObject([{ name: 'lab', pid: null, config: spec().config }]);
    await host.start('lab', spec());
    expect(await host.pid('lab')).not.toBe(pid);
  });

  test('is told again when a run was killed before it told', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    await host.start('lab', spec());
    const after = spec({ reservations: [reservation(10)] });
    const directory = join(host.env.RUNTIME_DIRECTORY ?? '', 'dns/lab');
    writeFileSync(join(directory, 'reservations'), after.reservations.join('\n'));
    const [state] = await host.read();
    expect(state?.reservations).not.toEqual(after.reservations);
    expect(state?.hosts).not.toEqual([]);
    await host.done({ do: 'reload', name: 'lab', spec: after });
    expect(await host.read()).toMatchObject([{ reservations: after.reservations, hosts: after.hosts }]);
  });

  test('is known by its command line, not by what others write on theirs or in its files', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    await host.start('lab', spec());
    const pid = await host.pid('lab');
    const directory = join(host.env.RUNTIME_DIRECTORY ?? '', 'dns');
    const file = readdirSync(join(directory, 'lab')).find((name) => name.endsWith('.conf')) ?? '';
    const argument = `--conf-file=${directory}/lab/${file}`;
    const nobody = ['setpriv', '--reuid=4711', '--clear-groups'];
    host.ns.start(...nobody, 'perl', '-e', 'sleep 100', '--', argument);
    const elsewhere = createNamespace();
    onTestFinished(() => elsewhere.remove());
    elsewhere.start('perl', '-e', 'sleep 100', '--', argument);
    await until('both', () => {
      const { stdout } = spawnSync('pgrep', ['-f', '-c', '--', argument], { encoding: 'utf8' });
      return Number(stdout) >= 3;
    });
    expect(await host.pid('lab')).toBe(pid);

    writeFileSync(join(directory, 'lab', file), 'port=0\n');
    expect(await host.read()).toMatchObject([{ pid, config: [] }]);
    rmSync(join(directory, 'lab'), { recursive: true });
    expect(await host.read()).toMatchObject([{ name: 'lab', pid, config: [] }]);
    await host.done({ do: 'remove', name: 'lab' });
    expect(await host.read()).toEqual([]);
  });

  test('goes with its files and leases, and another stays', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    host.bridge('br1', '10.21.0.1/24');
    const subnets = [makeSubnet('10.21.0.0/24', '10.21.0.1', { dhcp: makeDhcp() })];
    await host.done(
      { do: 'start', name: 'lab', spec: spec() },
      { do: 'start', name: 'red', spec: spec({ subnets }, 'br1') },
    );
    const red = await host.pid('red');
    await host.done({ do: 'remove', name: 'lab' });
    expect(await host.read()).toMatchObject([{ name: 'red', pid: red }]);
    expect(readdirSync(join(host.env.RUNTIME_DIRECTORY ?? '', 'dns'))).toEqual(['red']);
    expect(readdirSync(join(host.env.STATE_DIRECTORY ?? '', 'leases'))).toEqual(['red']);
    // There is none: that is as it should be.
    await host.done({ do: 'remove', name: 'lab' });
  });

  test('gives up root, and reads its files again all the same', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    await host.start('lab', spec());
    const uid = /^Uid:\s+(\d+)/m.exec(
      spawnSync('cat', [`/proc/${await host.pid('lab')}/status`], { encoding: 'utf8' }).stdout,
    );
    expect(uid?.[1]).not.toBe('0');
    // As systemd sets it whenever it starts the controller.
    spawnSync('chmod', ['0700', host.env.RUNTIME_DIRECTORY ?? '']);
    // If it died now and was started again it would know nobody.
    expect((await host.read())[0]?.reservations).not.toEqual([]);
    await host.done({ do: 'reload', name: 'lab', spec: spec({ reservations: [reservation(10)] }) });
    const guest = host.guest('br0', reservation(10).mac);
    expect(lease4(host, guest)).toMatchObject({ ip: '10.20.0.10' });
    for (const file of ['reservations', 'hosts']) {
      const path = join(host.env.RUNTIME_DIRECTORY ?? '', 'dns/lab', file);
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });

  test('says why it cannot start, and who is in the way', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    const other = host.ns.start(
      'dnsmasq',
      '--no-daemon',
      '--conf-file=/dev/null',
      '--port=53',
      '--no-resolv',
    );
    await until('the other one', () => host.ns.exec('ss', '-lnu').includes(':53 '));
    const [result] = await host.run({ do: 'start', name: 'lab', spec: spec() });
    expect(result).toMatchObject({ ok: false });
    expect(JSON.stringify(result)).toContain('failed to create listening socket for 10.20.0.1');
    expect(JSON.stringify(result)).toContain(`pid ${other.pid}`);
  });

  test('that runs goes on when what shall replace it is wrong; others are started all the same', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    host.bridge('br1', '10.21.0.1/24');
    await host.start('lab', spec());
    const pid = await host.pid('lab');
    const options = [{ option: 'no-such-option', value: '1' }];
    const wrong = [makeSubnet('10.20.0.0/24', '10.20.0.1', { dhcp: { ...DYNAMIC, options } })];
    const subnets = [makeSubnet('10.21.0.0/24', '10.21.0.1', { dhcp: makeDhcp() })];
    const results = await host.run(
      { do: 'start', name: 'lab', spec: spec({ subnets: wrong }) },
      { do: 'start', name: 'red', spec: spec({ subnets }, 'br1') },
    );
    expect(results).toMatchObject([{ ok: false }, { ok: true }]);
    expect(JSON.stringify(results[0])).toContain('bad dhcp-option');
    expect(await host.pid('lab')).toBe(pid);
  });

  test('starts with many others, each with words of its own', async () => {
    const host = serviceHost();
    const names = ['a', 'b', 'c', 'd'];
    const ops = names.map((name, i): ServiceOp => {
      host.bridge(`br${i}`, `10.2${i}.0.1/24`);
      const options = name === 'c' ? [{ option: 'no-such-option', value: '1' }] : [];
      const dhcp = { ...makeDhcp(), options };
      const subnets = [makeSubnet(`10.2${i}.0.0/24`, `10.2${i}.0.1`, { dhcp })];
      return { do: 'start', name, spec: spec({ subnets }, `br${i}`) };
    });
    const results = await host.run(...ops);
    expect(results).toMatchObject([{ ok: true }, { ok: true }, { ok: false }, { ok: true }]);
    expect(JSON.stringify(results[2])).toContain('bad dhcp-option');
    const running = (await host.read()).flatMap(({ name, pid }) => (pid === null ? [] : [name]));
    expect(running).toEqual(['a', 'b', 'd']);
  });

  test('answers on its own link only, whatever address is asked', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24', 'fd00:20::1/64');
    host.bridge('br1', '192.0.2.1/24', '2001:db8::1/64');
    await host.start('lab', spec({ reservations: [reservation(10)] }));
    const outside = host.guest('br1', '52:54:00:00:00:99');
    outside.ip(
      'addr add 192.0.2.2/24 dev eth0\naddr add 2001:db8::2/64 dev eth0 nodad\nroute add default via 192.0.2.1\nroute add default via 2001:db8::1\n',
    );
    const guest = host.guest('br0', '52:54:00:00:00:98');
    guest.ip('addr add 10.20.0.50/24 dev eth0\naddr add fd00:20::50/64 dev eth0 nodad\n');
    const tcp = (from: typeof guest, server: string) =>
      spawnSync('ip', ['netns', 'exec', from.name, process.execPath, '-e', TCP_QUERY, server], {
        encoding: 'utf8',
      }).stdout.trim();
    for (const server of ['10.20.0.1', 'fd00:20::1']) {
      expect([server, resolve(guest, server, 'resolve4', 'g10')]).toEqual([server, ['10.20.0.10']]);
      expect([server, tcp(guest, server)]).toEqual([server, 'answered']);
      expect([server, resolve(outside, server, 'resolve4', 'g10')]).toEqual([server, 'ETIMEOUT']);
      expect([server, tcp(outside, server)]).toEqual([server, 'silent']);
    }
    expect(host.ns.exec('ss', '-lntu')).not.toMatch(/(127\.0\.0\.1|\[::1\]|192\.0\.2\.1):53 /);
    expect(lease4(host, outside, '-t', '4')).toBeNull();
  });

  test('finds its link and its address again when they were made anew', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    await host.start('lab', spec());
    const pid = await host.pid('lab');
    host.ns.ip('link del dev br0\n');
    host.bridge('br0', '10.20.0.1/24');
    const guest = host.guest('br0', '52:54:00:00:00:99');
    expect(lease4(host, guest)?.ip).toMatch(/^10\.20\.0\.1\d\d$/);
    host.ns.ip('addr del 10.20.0.1/24 dev br0\naddr add 10.20.0.1/24 dev br0\n');
    await until('DNS', () => resolve(guest, '10.20.0.1', 'resolve4', 'nobody.red.example') === 'ENOTFOUND');
    expect(await host.pid('lab')).toBe(pid);
  });

  test('serves a thousand reservations, and one more is told without losing a lease', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/16');
    const subnets = [makeSubnet('10.20.0.0/16', '10.20.0.1', { dhcp: makeDhcp() })];
    const thousand = Array.from({ length: 1000 }, (_, i) => reservation(i + 10));
    await host.start('lab', spec({ subnets, reservations: thousand }));
    const pid = await host.pid('lab');
    const guest = host.guest('br0', reservation(500).mac);
    expect(lease4(host, guest)).toMatchObject({ ip: '10.20.1.244', mask: '16' });
    const more = spec({ subnets, reservations: [...thousand, reservation(1010)] });
    await host.done({ do: 'reload', name: 'lab', spec: more });
    expect(lease4(host, host.guest('br0', reservation(1010).mac))).toMatchObject({ ip: '10.20.3.242' });
    expect(leaseOf(host, 'lab', '10.20.1.244')).toContain(reservation(500).mac);
    expect(await host.pid('lab')).toBe(pid);
  });
});

/** A query for g10.red.example over TCP (RFC 1035 4.2.2); `silent` where nobody takes it or answers it. */
const TCP_QUERY = `
  const query = Buffer.from('000101000001000000000000' + '03673130' + '03726564' + '076578616d706c65' + '00' + '00010001', 'hex');
  const socket = require('node:net').connect({ host: process.argv[1], port: 53, timeout: 1000 });
  const say = (word) => { console.log(word); process.exit(0); };
  socket.on('connect', () => socket.write(Buffer.concat([Buffer.from([0, query.length]), query])));
  socket.on('data', () => say('answered'));
  for (const event of ['timeout', 'error', 'close']) socket.on(event, () => say('silent'));`;
