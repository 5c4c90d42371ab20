import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { askController } from '../../src/controller/socket-client.ts';
import type { Namespace } from '../support/netns.ts';

/** A controller that runs for as long as this process at most. */
export interface SoakedController {
  /** The commit that the host has, once it is in sync; null before. */
  applied(): Promise<string | null>;
  residentMegabytes(): number;
  /** The last lines that it said. */
  log(): string;
  ended: Promise<void>;
  end(): Promise<void>;
}

export function startController(ns: Namespace, directory: string, desired: string): SoakedController {
  const program = `${directory}/dist/plumbline.js`;
  const words = ['ip', 'netns', 'exec', ns.name, process.execPath, program, 'watch', desired, '--host', 'a'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      STATE_DIRECTORY: `${directory}/state`,
      RUNTIME_DIRECTORY: `${directory}/run`,
      // Never the machine's own Open vSwitch.
      OVS_RUNDIR: `${directory}/no-ovs`,
    },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-10_000);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const socket = `${directory}/run/control-${statSync(`/run/netns/${ns.name}`).ino}`;
  return {
    ended,
    log: () => log,
    async applied() {
      const answer = await askController(socket, { do: 'status' }).catch(() => null);
      const status = answer?.ok ? answer.status : undefined;
      return status?.inSync ? status.applied : null;
    },
    residentMegabytes() {
      const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) / 1024);
    },
    end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
