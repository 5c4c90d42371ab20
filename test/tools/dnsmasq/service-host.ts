import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { DnsmasqState } from '../../../src/model/host.ts';
import { linkAlias, networkOwner } from '../../../src/model/mark.ts';
import type { ServiceSpec } from '../../../src/model/specs.ts';
import type { ServiceOp } from '../../../src/model/step.ts';
import type { StepResult } from '../../../src/tools/result.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';

type Run = typeof import('../../../src/tools/dnsmasq/run.ts');
type Read = typeof import('../../../src/tools/dnsmasq/read.ts');

/** A namespace in which dnsmasq serves bridges that the test makes by hand. */
export interface ServiceHost {
  ns: Namespace;
  directory: string;
  env: Record<string, string>;
  /** A bridge with these addresses, marked as ours. */
  bridge(name: string, ...addresses: string[]): void;
  /** A guest of its own namespace, behind a veth in the bridge; it has the MAC and nothing else. */
  guest(bridge: string, mac: string): Namespace;
  run(...ops: ServiceOp[]): Promise<StepResult[]>;
  /** `run`, all of which must be done. */
  done(...ops: ServiceOp[]): Promise<void>;
  start(name: string, spec: ServiceSpec): Promise<void>;
  read(): Promise<DnsmasqState[]>;
  /** One of them, which must run. */
  pid(name: string): Promise<number>;
}

let guests = 0;

/** Everything is gone after the test, the daemons too. */
export function serviceHost(): ServiceHost {
  const ns = createNamespace();
  const directory = mkdtempSync(join(tmpdir(), 'pld-'));
  onTestFinished(() => {
    endAll(ns);
    ns.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  ns.exec('ip', 'link', 'set', 'dev', 'lo', 'up');
  const env = { RUNTIME_DIRECTORY: join(directory, 'run'), STATE_DIRECTORY: join(directory, 'state') };
  spawnSync('chmod', ['0711', directory]);
  const run: ServiceHost['run'] = async (...ops) => {
    const steps = ops.map((op, i) => ({ key: String(i), op }));
    const results = await runInNamespace<Run, 'runServices'>(
      ns,
      'src/tools/dnsmasq/run.ts',
      'runServices',
      [steps, { ...process.env, ...env }],
      env,
    );
    return steps.flatMap(({ key }) => results.get(key) ?? []);
  };
  const read: ServiceHost['read'] = () =>
    runInNamespace<Read, 'readServices'>(
      ns,
      'src/tools/dnsmasq/read.ts',
      'readServices',
      [{ ...process.env, ...env }],
      env,
    );
  const host: ServiceHost = {
    ns,
    directory,
    env,
    bridge(name, ...addresses) {
      ns.ip(
        [
          `link add name ${name} type bridge forward_delay 0`,
          `link set dev ${name} alias ${linkAlias(networkOwner(name))} up`,
          ...addresses.map((one) => `addr add ${one} dev ${name}${one.includes(':') ? ' nodad' : ''}`),
          '',
        ].join('\n'),
      );
    },
    guest(bridge, mac) {
      const guest = createNamespace();
      onTestFinished(() => guest.remove());
      const port = `g${guests++}`;
      ns.ip(
        `link add name ${port} type veth peer name eth0 address ${mac} netns ${guest.name}\nlink set dev ${port} master ${bridge} up\n`,
      );
      // Its own address in use at once, and router advertisements listened to.
      for (const [path, value] of [
        ['accept_dad', '0'],
        ['router_solicitation_delay', '0'],
      ]) {
        guest.exec('sysctl', '-qw', `net/ipv6/conf/eth0/${path}=${value}`);
      }
      guest.ip('link set dev lo up\nlink set dev eth0 up\n');
      return guest;
    },
    run,
    async done(...ops) {
      expect(await run(...ops)).toEqual(ops.map(() => ({ ok: true })));
    },
    start: (name, spec) => host.done({ do: 'start', name, spec }),
    read,
    async pid(name) {
      const pid = (await read()).find((one) => one.name === name)?.pid ?? null;
      if (pid === null) throw new Error(`no dnsmasq of ${name} runs`);
      return pid;
    },
  };
  return host;
}

/** Daemons do not go with a namespace. */
function endAll(ns: Namespace): void {
  for (const pid of ns.exec('ip', 'netns', 'pids', ns.name).split('\n')) {
    if (pid !== '') spawnSync('kill', ['-KILL', pid]);
  }
}

/** What a DHCP client was told, by udhcpc's names. */
export type Lease = Record<string, string>;

/** A lease by udhcpc, null when there is none to be had; the guest then has the address. */
export function lease4(
  host: Pick<ServiceHost, 'directory'>,
  guest: Namespace,
  ...options: string[]
): Lease | null {
  const script = join(host.directory, 'udhcpc.sh');
  writeFileSync(
    script,
    '#!/bin/sh\n[ "$1" = bound ] || exit 0\nip -4 addr flush dev $interface\nip addr add $ip/$mask dev $interface\nexec env\n',
    { mode: 0o755 },
  );
  // dnsmasq first asks for 3 s whether anybody has the address (PING_WAIT, dnsmasq's config.h); a busy machine takes longer.
  const argv = ['-i', 'eth0', '-n', '-q', '-f', '-t', '15', '-T', '1', '-s', script];
  const { stdout } = spawnSync(
    'ip',
    ['netns', 'exec', guest.name, 'busybox', 'udhcpc', ...argv, ...options],
    { encoding: 'utf8' },
  );
  const lease = Object.fromEntries(
    stdout
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return lease.ip === undefined ? null : lease;
}

/** The address that dhclient gets by DHCPv6; null when there is none to be had. */
export function lease6(host: Pick<ServiceHost, 'directory'>, guest: Namespace): string | null {
  const script = join(host.directory, 'dhclient.sh');
  const said = join(host.directory, `said-${guest.name}`);
  writeFileSync(
    script,
    `#!/bin/sh\n[ -z "$new_ip6_address" ] || echo "$new_ip6_address" > ${said}\nexit 0\n`,
    {
      mode: 0o755,
    },
  );
  const place = join(host.directory, guest.name);
  const argv = ['-6', '-1', '-d', '-sf', script, '-lf', `${place}.leases`, '-pf', `${place}.pid`, 'eth0'];
  writeFileSync(`${place}.leases`, '');
  rmSync(said, { force: true });
  // In the foreground it goes on: it is ended once the script was called.
  const waiting = `dhclient ${argv.join(' ')} & i=0; while [ ! -s ${said} ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done; kill $!; wait; cat ${said}`;
  const { stdout } = spawnSync('ip', ['netns', 'exec', guest.name, 'sh', '-c', waiting], {
    encoding: 'utf8',
  });
  return stdout.trim() || null;
}

type Lookup =
  | 'resolve4'
  | 'resolve6'
  | 'resolveSrv'
  | 'resolveTxt'
  | 'resolveCname'
  | 'resolvePtr'
  | 'reverse';

/** What a resolver in the namespace answers, or the code of its error. */
export function resolve(ns: Namespace, server: string, lookup: Lookup, name: string): unknown {
  const program = `
    const resolver = new (require('node:dns').promises.Resolver)({ timeout: 1000, tries: 2 });
    resolver.setServers([process.argv[1]]);
    resolver[process.argv[2]](process.argv[3])
      .then((answer) => console.log(JSON.stringify(answer)), (error) => console.log(JSON.stringify(error.code)));`;
  return JSON.parse(ns.exec(process.execPath, '-e', program, server, lookup, name));
}
