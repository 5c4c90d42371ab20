import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { askController } from '../../src/controller/socket-client.ts';
import { git } from '../controller/source/git-repository.ts';
import { type KernelHost, kernelHost } from '../run/kernel-host.ts';
import { scratch, writeFiles } from '../support/desired-directory.ts';
import { until } from '../support/netns.ts';
import { programFile } from '../support/program.ts';
import { WEB } from './move-site.ts';

/** Two unlike hosts with real controllers that fetch by themselves only once an hour, and a person's clone. */
export interface TwoHosts {
  directory: string;
  desired: string;
  env: NodeJS.ProcessEnv;
  a: KernelHost;
  b: KernelHost;
  /** The socket of each one's controller. */
  sockets: { a: string; b: string };
  text(): string;
  subjects(): string[];
}

/** `controller` gives each host's spec.controller; by its socket if left out. */
export async function twoHosts(
  controller: (name: 'a' | 'b', socket: string) => string = (_, socket) => `unix://${socket}`,
): Promise<TwoHosts> {
  const [a, b] = [await kernelHost({ nics: ['eth1'] }), await kernelHost({ nics: ['eth1'] })];
  const directory = scratch();
  const tree = join(directory, 'tree');
  const bare = join(directory, 'fleet.git');
  const home = join(directory, 'home');
  mkdirSync(home);
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Ada\n\temail = ada@example.com\n');
  const sockets = { a: socketOf(a), b: socketOf(b) };
  const host = (name: 'a' | 'b', entry: string) =>
    `apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-${name} }\nspec:\n  controller: ${controller(name, sockets[name])}\n  networks: { s: ${entry} }\n`;
  git(directory, 'init', '--quiet', '--initial-branch=main', tree);
  writeFiles(tree, {
    'desired/net.yaml':
      'apiVersion: plumbline/v1\nkind: Network\nmetadata: { name: s }\nspec: { mtu: 1500 }\n',
    'desired/a.yaml': host('a', '{ type: direct, mode: bridge, pool: [{ device: eth1 }] }'),
    'desired/b.yaml': host('b', '{ type: bridge, bridge: br-s, manage: true, uplinks: [eth1] }'),
    'desired/web.yaml': WEB,
  });
  git(tree, 'add', '--all');
  git(tree, 'commit', '--quiet', '--message=wanted');
  git(directory, 'clone', '--quiet', '--bare', tree, bare);
  git(tree, 'remote', 'add', 'origin', bare);
  for (const [name, one] of [['a', a] as const, ['b', b] as const]) {
    const words = ['--repo', bare, '--path', 'desired', '--interval', '3600'];
    const child = one.start(['watch', ...words, '--host', `kvm-${name}`]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await until(
      `the controller of ${name} is in sync`,
      async () => {
        const answer = await askController(sockets[name], { do: 'status' }).catch(() => null);
        return answer?.ok === true && answer.status?.inSync === true && answer.status.applied !== null;
      },
      60,
    );
  }
  return {
    directory,
    desired: join(tree, 'desired'),
    env: {
      ...process.env,
      HOME: home,
      STATE_DIRECTORY: join(directory, 'state'),
      RUNTIME_DIRECTORY: join(directory, 'run'),
      NO_COLOR: '1',
    },
    a,
    b,
    sockets,
    text: () => `${git(bare, 'show', 'main:desired/web.yaml')}\n`,
    subjects: () => git(bare, 'log', '--reverse', '--format=%s', 'main').split('\n').slice(1),
  };
}

function socketOf({ directory, ns }: KernelHost): string {
  return join(directory, 'run', `control-${statSync(`/run/netns/${ns.name}`).ino}`);
}

/** A program that runs `plumbline` as on this host, whatever namespace it is started in. */
export function plumblineOn(host: KernelHost, path: string): void {
  const { STATE_DIRECTORY, RUNTIME_DIRECTORY, OVS_RUNDIR } = host.env;
  const env = Object.entries({ STATE_DIRECTORY, RUNTIME_DIRECTORY, OVS_RUNDIR }).map((pair) =>
    pair.join('='),
  );
  const words = ['ip', 'netns', 'exec', host.ns.name, 'env', ...env, process.execPath, programFile()];
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
}
