import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { type Namespace, until } from './netns.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

export interface OvsInstance {
  /** For our own client and for Open vSwitch's tools alike. */
  env: Record<string, string>;
  /** Runs ovs-vsctl on it; throws when it fails. */
  vsctl(...args: string[]): string;
  /** Halts and resumes ovs-vswitchd, which then takes up nothing. */
  pauseSwitch(): void;
  resumeSwitch(): void;
  stop(): Promise<void>;
}

function takes(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = createConnection(socket, () => resolve(true));
    client.once('error', () => resolve(false)).once('connect', () => client.destroy());
  });
}

/** A private Open vSwitch in a namespace: database and switch of its own, to be used with the datapath `netdev`. */
export async function startOvs(namespace: Pick<Namespace, 'name'>): Promise<OvsInstance> {
  // Short, for a unix socket's path has at most 107 bytes (unix(7)).
  const directory = mkdtempSync('/tmp/plo-');
  const env = { OVS_RUNDIR: directory, OVS_LOGDIR: directory, OVS_DBDIR: directory };
  const socket = join(directory, 'db.sock');
  const children: ChildProcess[] = [];
  const run = (program: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
    return stdout;
  };
  const daemon = (program: string, ...args: string[]): ChildProcess => {
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', namespace.name, program, ...args],
      { env: { ...process.env, ...env }, stdio: 'ignore' },
    );
    children.push(child);
    return child;
  };
  const onExit = () => rmSync(directory, { recursive: true, force: true });
  process.on('exit', onExit);
  const stop = async () => {
    // The switch first, so that it does not see its database go.
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    process.off('exit', onExit);
    onExit();
  };

  try {
    const log = (name: string) => [`--log-file=${join(directory, `${name}.log`)}`, '-vconsole:off'];
    run('ovsdb-tool', 'create', join(directory, 'conf.db'), SCHEMA);
    daemon('ovsdb-server', ...log('db'), `--remote=punix:${socket}`, join(directory, 'conf.db'));
    // The socket has its name before anybody listens there.
    await until('ovsdb-server listens', () => existsSync(socket) && takes(socket));
    run('ovs-vsctl', '--no-wait', 'init');
    const vswitchd = daemon('ovs-vswitchd', ...log('switch'), `unix:${socket}`);
    run('ovs-vsctl', '--timeout=20', 'set', 'Open_vSwitch', '.', 'external_ids:ready=yes');
    return {
      env,
      vsctl: (...args) => run('ovs-vsctl', '--timeout=20', ...args),
      pauseSwitch: () => void vswitchd.kill('SIGSTOP'),
      resumeSwitch: () => void vswitchd.kill('SIGCONT'),
      stop,
    };
  } catch (error) {
    const logs = ['db', 'switch'].map((name) => join(directory, `${name}.log`)).filter(existsSync);
    const text = logs.map((path) => readFileSync(path, 'utf8')).join('');
    await stop();
    throw new Error(`Open vSwitch did not start: ${text.slice(-2000)}`, { cause: error });
  }
}
