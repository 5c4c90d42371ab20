import { afterAll, beforeAll } from 'vitest';
import type { Serving } from '../../../src/desired/serving.ts';
import type { NftOp } from '../../../src/model/step.ts';
import type { StepResult } from '../../../src/tools/result.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { serving, subnet } from './servings.ts';
import { type Speaker, startSpeaker } from './speaker.ts';

type Run = typeof import('../../../src/tools/nft/run.ts');
type Read = typeof import('../../../src/tools/nft/read.ts');

/** A machine: a namespace with one link that leads to the host. */
export interface Machine extends Speaker {
  ns: Namespace;
  4: string;
  6: string;
}

export interface Networks {
  host: Machine;
  /** Behind eth0 and eth1 of the host. */
  outside: readonly [Machine, Machine];
  /** By the number of its network and its own: `guest(1, 2)` is 10.1.0.12. */
  guest(network: number, number: number): Machine;
  firewall(...ops: NftOp[]): Promise<Map<string, StepResult>>;
  read(): ReturnType<Read['readFirewall']>;
}

/** `net1` is 10.1.0.0/24 and fd00:1::/64 on the bridge `br1`. */
export function servingOf(number: number, forward: Serving['forward'], rest: Partial<Serving> = {}): Serving {
  return serving(forward, {
    network: `net${number}`,
    link: `br${number}`,
    subnets: [subnet(`10.${number}.0.0/24`), subnet(`fd00:${number}::/64`)],
    nat: { addresses: null, ports: null, ipv6: true },
    ...rest,
  });
}

/**
 * A host with two links to the outside and some networks of two guests each, for the tests of a `describe`. The machines
 * outside have their default route by the host, so that only rules keep them from guests.
 */
export function withNetworks(count: number): Networks {
  const all: Namespace[] = [];
  let host: Machine;
  const outside: Machine[] = [];
  const guests = new Map<string, Machine>();

  const namespace = () => {
    const ns = createNamespace();
    all.push(ns);
    ns.ip('link set dev lo up\n');
    // A host asks for neighbours of those whose packets it forwards by its link-local address, and is silent until that
    // one is known to be its own.
    ns.exec('sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
    return ns;
  };
  const machine = (ns: Namespace, v4: string, v6: string): Machine => ({
    ns,
    4: v4,
    6: v6,
    ...startSpeaker(ns),
  });

  /** A machine at the other end of a link of the host. */
  const attach = (link: string, v4: string, v6: string, via: string, via6: string) => {
    const ns = namespace();
    host.ns.ip(`link add name ${link} type veth peer name eth0 netns ${ns.name}\nlink set dev ${link} up\n`);
    ns.ip(
      [
        'link set dev eth0 up',
        `addr add ${v4}/24 dev eth0`,
        `addr add ${v6}/64 dev eth0 nodad`,
        `route add default via ${via}`,
        `route add default via ${via6}`,
        '',
      ].join('\n'),
    );
    return machine(ns, v4, v6);
  };

  beforeAll(async () => {
    const ns = namespace();
    host = machine(ns, '192.0.2.1', '2001:db8::1');
    ns.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    for (const i of [0, 1]) {
      const [net, net6] = [i === 0 ? '192.0.2' : '198.51.100', i === 0 ? '2001:db8:' : '2001:db8:1:'];
      outside.push(attach(`eth${i}`, `${net}.2`, `${net6}:2`, `${net}.1`, `${net6}:1`));
      ns.ip(`addr add ${net}.1/24 dev eth${i}\naddr add ${net6}:1/64 dev eth${i} nodad\n`);
    }
    for (let n = 1; n <= count; n++) {
      ns.ip(
        [
          `link add name br${n} type bridge stp_state 0 forward_delay 0`,
          `link set dev br${n} up`,
          `addr add 10.${n}.0.1/24 dev br${n}`,
          `addr add fd00:${n}::1/64 dev br${n} nodad`,
          '',
        ].join('\n'),
      );
      for (const g of [1, 2]) {
        const link = `g${n}-${g}`;
        guests.set(link, attach(link, `10.${n}.0.1${g}`, `fd00:${n}::1${g}`, `10.${n}.0.1`, `fd00:${n}::1`));
        ns.ip(`link set dev ${link} master br${n}\n`);
      }
    }
    await Promise.all([...outside, ...guests.values()].map((one) => one.listen('tcp', 80)));
    await Promise.all([...outside, ...guests.values()].map((one) => one.listen('udp', 80)));
  });
  afterAll(() => {
    for (const ns of all) ns.remove();
  });

  return {
    get host() {
      return host;
    },
    get outside(): readonly [Machine, Machine] {
      const [first, second] = outside;
      if (first === undefined || second === undefined) throw new Error('the networks are not up');
      return [first, second];
    },
    guest(network, number) {
      const found = guests.get(`g${network}-${number}`);
      if (found === undefined) throw new Error(`there is no guest ${number} on network ${network}`);
      return found;
    },
    firewall: (...ops) =>
      runInNamespace<Run, 'runNft'>(host.ns, 'src/tools/nft/run.ts', 'runNft', [
        ops.map((op) => ({ key: op.owner, op })),
      ]),
    read: () => runInNamespace<Read, 'readFirewall'>(host.ns, 'src/tools/nft/read.ts', 'readFirewall', []),
  };
}
