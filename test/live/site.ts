import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpecOf } from '../../src/desired/documents.ts';
import { git } from '../controller/source/git-repository.ts';
import { passUsedIndexes } from '../run/used-indexes.ts';
import { writeFiles } from '../support/desired-directory.ts';
import { createNamespace, type Namespace } from '../support/netns.ts';
import { type OvsInstance, startOvs } from '../support/ovs.ts';
import { fileOf, fleetOf, guestsOf, type Realisation } from './documents.ts';
import { type LiveHost, liveHost } from './live-host.ts';
import { writeProgram } from './program-on-path.ts';

export interface SiteHost extends LiveHost {
  realisation: Realisation;
  /** null but where the network is Open vSwitch's. */
  ovs: OvsInstance | null;
}

/** Hosts on one switch, with a client beside them, and one repository that says what each of them is. */
export interface Site {
  directory: string;
  /** Its desired directory. */
  desired: string;
  client: Namespace;
  host(name: string): SiteHost;
  /** Says where the guest is, commits it, and returns the commit. */
  place(guest: string, placement: SpecOf<'Placement'>): string;
  git(...words: string[]): string;
}

export const WEB1 = '10.77.0.11';
export const BESIDE1 = '10.77.0.12';
const CLIENT = '10.77.0.1';

export interface SiteOptions {
  hosts: Readonly<Record<string, Realisation>>;
  guests: Readonly<Record<string, SpecOf<'Placement'>>>;
  /** Directories that are each host's own, besides /run. */
  mounts?: readonly string[];
  finished(cleanUp: () => void | Promise<void>): void;
}

/** Every NIC is a veth pair to the switch, a bridge without hairpin: a reflected frame would teach it the wrong port. */
export async function makeSite({ hosts, guests, mounts = [], finished }: SiteOptions): Promise<Site> {
  const directory = mkdtempSync(join(tmpdir(), 'plv-'));
  finished(() => rmSync(directory, { recursive: true, force: true }));
  const ground = createNamespace();
  finished(() => ground.remove());
  const client = createNamespace();
  finished(() => client.remove());
  ground.ip('link add name switch type bridge\nlink set dev switch up\n');
  connect(ground, client, 'client', 'eth0');
  client.ip(`address add ${CLIENT}/24 dev eth0\n`);

  const made = new Map<string, SiteHost>();
  for (const [name, realisation] of Object.entries(hosts)) {
    const macvtaps = realisation === 'macvtap pool';
    const host = await liveHost(name, { mounts, macvtaps });
    finished(() => host.remove());
    if (macvtaps) passUsedIndexes(host);
    for (const nic of nicsOf(realisation)) connect(ground, host.ns, `${name}-${nic}`, nic);
    const ovs = realisation === 'openvswitch' ? await startOvs(host.ns) : null;
    if (ovs !== null) finished(() => ovs.stop());
    writeProgram(host, join(directory, name), {
      STATE_DIRECTORY: join(directory, name, 'state'),
      OVS_RUNDIR: join(directory, name, 'no-ovs'),
      ...ovs?.env,
    });
    made.set(name, { ...host, realisation, ovs });
  }

  const repository = join(directory, 'fleet');
  const inRepository = (...words: string[]) => git(repository, ...words);
  const commit = (files: Record<string, string>) => {
    writeFiles(repository, files);
    inRepository('add', '--all');
    inRepository('commit', '--quiet', '--message=wanted');
    return inRepository('rev-parse', 'HEAD');
  };
  mkdirSync(repository);
  inRepository('init', '--quiet', '--initial-branch=main');
  commit({ ...fleetOf(hosts), ...guestsOf(guests) });
  return {
    directory,
    desired: join(repository, 'desired'),
    client,
    host(name) {
      const host = made.get(name);
      if (host === undefined) throw new Error(`no host ${name}`);
      return host;
    },
    place: (guest, placement) => commit(fileOf('Placement', guest, placement)),
    git: inRepository,
  };
}

/** A cable from a port of the switch to a NIC; frames leave it with their checksums, for Open vSwitch drops others. */
function connect(ground: Namespace, ns: Namespace, port: string, nic: string): void {
  ground.ip(
    `link add name ${port} type veth peer name ${nic} netns ${ns.name}\nlink set dev ${port} master switch up\n`,
  );
  ns.ip(`link set dev lo up\nlink set dev ${nic} up\n`);
  ns.exec('ethtool', '--offload', nic, 'tx', 'off');
}

function nicsOf(realisation: Realisation): readonly string[] {
  return realisation === 'macvtap pool' ? ['eth1', 'eth2'] : ['eth1'];
}

/** What web1 is plugged into by the documents, as `pluggedIn` tells it. */
export function whereWeb1Goes(host: SiteHost): string {
  return { 'macvtap pool': 'eth1', bridge: 'br-red', openvswitch: 'ovs-red' }[host.realisation];
}
