import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LibvirtOp, LibvirtUpdate } from '../../model/step.ts';
import { runtimeDirectory } from '../directories.ts';
import { makePrivateDirectory } from '../private-directory.ts';
import { DONE, failed, type StepResult } from '../result.ts';
import { LibvirtUnreachable, runVirsh, type VirshCommand } from './connection.ts';
import { markDefined } from './known.ts';
import { printDevice, printNetwork, printPortGroup } from './print-network.ts';
import { readConnections } from './read.ts';

export interface LibvirtStep {
  key: string;
  op: LibvirtOp;
}

/** All steps in one process, after another that looks for guests where a network is to be stopped. */
export async function runLibvirt(
  steps: readonly LibvirtStep[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, StepResult>> {
  if (steps.length === 0) return new Map();
  markDefined(env);
  const directory = mkdtempSync(join(prepared(env), 'virsh-'));
  try {
    return await runIn(directory, steps, env);
  } catch (error) {
    if (!(error instanceof LibvirtUnreachable)) throw error;
    return new Map(steps.map(({ key }) => [key, failed(error.message)]));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function prepared(env: NodeJS.ProcessEnv): string {
  const directory = runtimeDirectory(env);
  makePrivateDirectory(directory);
  return directory;
}

async function runIn(
  directory: string,
  steps: readonly LibvirtStep[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, StepResult>> {
  const results = new Map<string, StepResult>();
  const stops = steps.filter(({ op }) => op.do === 'stop').map(({ op }) => op.uuid);
  const connections = stops.length === 0 ? new Map<string, number>() : await readConnections(stops, env);
  let files = 0;
  const file = (text: string): string => {
    const path = join(directory, `${++files}.xml`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const commands: { key: string; command: VirshCommand }[] = [];
  for (const { key, op } of steps) {
    const count = op.do === 'stop' ? (connections.get(op.uuid) ?? 0) : 0;
    if (count > 0) results.set(key, failed(`a guest has just connected to ${op.name}: it is not stopped`));
    else for (const command of commandsOf(op, file)) commands.push({ key, command });
  }
  const answers =
    commands.length === 0
      ? []
      : await runVirsh(
          commands.map((one) => one.command),
          env,
          'write',
        );
  for (const [i, { key }] of commands.entries()) {
    const error = answers[i]?.error ?? '';
    // The first complaint of a step says what went wrong.
    if (results.get(key)?.ok === false) continue;
    results.set(key, error === '' ? DONE : failed(error));
  }
  return results;
}

function commandsOf(op: LibvirtOp, file: (text: string) => string): VirshCommand[] {
  switch (op.do) {
    case 'define':
      return [
        ['net-define', file(printNetwork(op.name, op.uuid, op.spec))],
        ['net-autostart', op.uuid, ...(op.spec.autostart ? [] : ['--disable'])],
      ];
    case 'undefine':
      return [['net-undefine', op.uuid]];
    case 'start':
      return [['net-start', op.uuid]];
    case 'stop':
      return [['net-destroy', op.uuid]];
    case 'update':
      return op.updates.map((update) => [
        'net-update',
        op.uuid,
        update.command,
        update.section,
        file(updateText(update)),
        '--live',
      ]);
  }
}

function updateText(update: LibvirtUpdate): string {
  return update.section === 'portgroup' ? printPortGroup(update.portGroup) : printDevice(update.device);
}
