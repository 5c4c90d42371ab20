import { existsSync } from 'node:fs';
import { judgeDocuments } from '../controller/doctor/documents.ts';
import { type Examined, examine } from '../controller/doctor/examine.ts';
import { byName } from '../model/by-name.ts';
import { compareFindings, type Finding, isHealthy } from '../model/finding.ts';
import type { HostState } from '../model/host.ts';
import { realiseHost } from '../realise/host.ts';
import { observeTask, readHost } from '../run/observe.ts';
import type { Task } from '../run/task.ts';
import { ToolMissing } from '../tools/programs.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';
import { readTask } from './session.ts';

/** Where `ip` is missing, which is a finding of its own, nothing is known to stand. */
const NOTHING: HostState = { links: [], ovs: null, ovsUnavailable: null };

/** `plumbline doctor`: what on this host will fight with Plumbline or break guests. Changes nothing. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('doctor', argv);
  const reading = readHost(io.env).catch((error: unknown) => {
    if (error instanceof ToolMissing) return NOTHING;
    throw error;
  });
  const { task, problems } = await readTask(options, io);
  const documents = judgeDocuments(options.directory, existsSync(options.directory), problems);
  const state = await stateOf(task, reading);
  const found = await examine({
    directory: options.directory,
    desired: desiredOf(task, state),
    state,
    allowedSigners: options.verifySignatures,
  });
  const findings = [...(documents === null ? [] : [documents]), ...found].sort(compareFindings);
  await write(task?.host ?? null, findings, options, io);
  return isHealthy(findings) ? EXIT.ok : EXIT.failed;
}

/** With what a run would read besides, where the documents are to be had. */
async function stateOf(task: Task | null, reading: Promise<HostState>): Promise<HostState> {
  if (task === null) return reading;
  try {
    return await observeTask(task, { links: reading, services: null });
  } catch (error) {
    if (error instanceof ToolMissing) return reading;
    throw error;
  }
}

function desiredOf(task: Task | null, state: HostState): Examined['desired'] {
  if (task === null || task.desired === null) return null;
  const { fleet, host } = task.desired;
  const links = byName(state.links);
  const { deviceOwner, datapath, skipped } = task;
  const facts = { state, links, held: new Map(), deviceOwner, datapath };
  const { wanted, problems } = realiseHost(fleet, host, facts, skipped);
  return { host, wanted, problems };
}

async function write(
  host: string | null,
  findings: readonly Finding[],
  { output }: Options<'doctor'>,
  io: Io,
): Promise<void> {
  if (output === 'json') {
    const shown = { version: 1, healthy: isHealthy(findings), findings };
    io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  const { renderDoctorText } = await import('../render/doctor-text.ts');
  io.stdout.write(renderDoctorText(host, findings, io));
}
