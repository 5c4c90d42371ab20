import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../tools/programs.ts';
import { runTool } from '../tools/spawn.ts';

const PROGRAMS = ['ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl'];
/** Where Debian, Fedora and a build from source keep the schema. */
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** A private Open vSwitch, or why there is none. `env` is by what Open vSwitch's own tools find it. */
export type PrivateSwitch = { ok: true; env: Record<string, string> } | { ok: false; why: string };

/**
 * Starts Open vSwitch on the userspace datapath with everything below `directory`, and the given bridges in it. Its
 * processes end with the sandbox.
 */
export async function startOpenvswitch(
  directory: string,
  bridges: readonly string[],
): Promise<PrivateSwitch> {
  if (PROGRAMS.some((program) => findProgram(program) === null)) {
    return { ok: false, why: 'Open vSwitch is not installed here (package openvswitch-switch)' };
  }
  mkdirSync(directory, { recursive: true });
  const env = {
    OVS_RUNDIR: directory,
    OVS_LOGDIR: directory,
    OVS_DBDIR: directory,
  };
  const database = join(directory, 'conf.db');
  const socket = `unix:${join(directory, 'db.sock')}`;
  // --detach returns once the daemon answers.
  const daemon = [
    '--detach',
    '--pidfile',
    '--no-chdir',
    '-vconsole:off',
    '-vsyslog:off',
    '-vfile:warn',
    '--log-file',
  ];
  const commands: [string, string[]][] = [
    ['ovsdb-tool', ['create', database, SCHEMA]],
    ['ovsdb-server', [database, `--remote=p${socket}`, ...daemon]],
    ['ovs-vsctl', [`--db=${socket}`, '--no-wait', 'init']],
    ['ovs-vswitchd', [socket, ...daemon]],
  ];
  if (bridges.length > 0)
    commands.push(['ovs-vsctl', [`--db=${socket}`, '--timeout=10', ...bridgeWords(bridges)]]);
  for (const [program, args] of commands) {
    const { exitCode, stderr } = await runTool(program, args, { env, timeoutMs: 20_000 });
    if (exitCode !== 0) {
      const words = stderr.trim().split('\n').at(-1) ?? '';
      return {
        ok: false,
        why: `Open vSwitch does not start here (${program}: ${words || `exit ${exitCode}`})`,
      };
    }
  }
  return { ok: true, env };
}

/** One transaction for all of them. */
function bridgeWords(bridges: readonly string[]): string[] {
  return bridges.flatMap((name) => [
    '--',
    'add-br',
    name,
    '--',
    'set',
    'bridge',
    name,
    'datapath_type=netdev',
  ]);
}
