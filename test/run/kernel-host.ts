import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { writeFiles } from '../support/desired-directory.ts';
import { createNamespace, type Namespace } from '../support/netns.ts';
import { type OvsInstance, startOvs } from '../support/ovs.ts';
import { endAll } from '../support/processes.ts';
import { programFile, type Run, runProgram } from '../support/program.ts';
import type { FleetParts } from './fleet-files.ts';
import { fleetFiles } from './fleet-files.ts';
import { ipProgram } from './ip-wrapper.ts';
import type { KernelLink } from './kernel-links.ts';
import { expectUntouched, isOurs, readKernel } from './kernel-links.ts';

/** As `plan -o json` and `apply -o json` print it, as far as tests look. */
export interface Report {
  inSync: boolean;
  digest: string;
  summary: Record<string, number>;
  changes: ReportedChange[];
  problems: {
    code: string;
    severity: string;
    message: string;
    source: { file: string; line: number } | null;
    hint?: string;
  }[];
}

export interface ReportedChange {
  action: string;
  kind: string;
  name: string;
  guests: string[];
  impact: string;
  reason: string;
  source: { file: string; line: number } | null;
  fields: { field: string; before: unknown; after: unknown }[];
  gate: { is: string; why?: string; held?: { is: string; pids?: number[]; why?: string } | null };
  result?: string;
  message?: string;
}

export interface Answer extends Run {
  report: Report;
}

/** A host of the test's own: a namespace with NICs, a desired directory, and the built program to run in it. */
export interface KernelHost {
  ns: Namespace;
  directory: string;
  desired: string;
  /** null unless asked for. */
  ovs: OvsInstance | null;
  env: NodeJS.ProcessEnv;
  /** Node, and the built program. */
  program: readonly string[];
  /** Replaces the desired directory. */
  want(parts: FleetParts): void;
  /** Runs `plumbline ARGV` in the namespace. */
  run(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>;
  /** Begins the same; the process is the program itself. */
  start(argv: readonly string[]): ChildProcess;
  apply(...flags: string[]): Promise<Answer>;
  /** `apply` in another environment, such as with an `ip` that `wrapIp` made. */
  applyWith(env: NodeJS.ProcessEnv): Promise<Answer>;
  plan(...flags: string[]): Promise<Answer>;
  /** `apply`, which must come to its end with everything done. */
  converge(...flags: string[]): Promise<Answer>;
  links(): Record<string, KernelLink>;
}

export interface HostOptions {
  nics?: string[];
  ovs?: boolean;
  /** The Node that the program runs on; the one that runs the tests, if left out. */
  node?: string;
  /** Takes what is to be done at the end: of the test, if left out. */
  finished?(cleanUp: () => void | Promise<void>): void;
}

/**
 * Each NIC is one end of a veth pair, up and with a carrier; the other end is called `far-<name>`. Everything is gone
 * after the test.
 */
export async function kernelHost(options: HostOptions = {}): Promise<KernelHost> {
  const finished = options.finished ?? onTestFinished;
  const ns = createNamespace();
  finished(() => ns.remove());
  finished(() => endAll(ns));
  const directory = mkdtempSync(join(tmpdir(), 'plr-'));
  // dnsmasq gives up root, and has files below.
  chmodSync(directory, 0o711);
  finished(() => rmSync(directory, { recursive: true, force: true }));
  const ovs = options.ovs ? await startOvs(ns) : null;
  if (ovs !== null) finished(() => ovs.stop());
  const lines = (options.nics ?? []).flatMap((nic) => [
    `link add name ${nic} type veth peer name far-${nic}`,
    `link set dev ${nic} up`,
    `link set dev far-${nic} up`,
  ]);
  ns.ip(`link set dev lo up\n${lines.join('\n')}\n`);

  const desired = join(directory, 'desired');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    STATE_DIRECTORY: join(directory, 'state'),
    RUNTIME_DIRECTORY: join(directory, 'run'),
    // Never the machine's own Open vSwitch.
    OVS_RUNDIR: join(directory, 'no-ovs'),
    ...ovs?.env,
    NO_COLOR: '1',
  };
  const program = [options.node ?? process.execPath, programFile()];
  const words = (argv: readonly string[]) => ['netns', 'exec', ns.name, ...program, ...argv];
  const run: KernelHost['run'] = (argv, more = {}) =>
    runProgram(ipProgram(), words(argv), { env: { ...env, ...more } });
  const reported = async (
    command: 'plan' | 'apply',
    flags: string[],
    more: NodeJS.ProcessEnv = {},
  ): Promise<Answer> => {
    const answer = await run([command, desired, '--host', 'a', '-o', 'json', ...flags], more);
    if (!answer.stdout.startsWith('{')) throw new Error(`${command} (${answer.status}): ${answer.stderr}`);
    return { ...answer, report: JSON.parse(answer.stdout) };
  };
  return {
    ns,
    directory,
    desired,
    ovs,
    env,
    program,
    want(parts) {
      rmSync(desired, { recursive: true, force: true });
      writeFiles(desired, fleetFiles(parts));
    },
    run,
    start: (argv) => spawn(ipProgram(), words(argv), { env, stdio: 'ignore' }),
    apply: (...flags) => reported('apply', flags),
    applyWith: (more) => reported('apply', [], more),
    plan: (...flags) => reported('plan', flags),
    async converge(...flags) {
      const answer = await reported('apply', flags);
      expect([notDone(answer), answer.status]).toEqual([[], 0]);
      return answer;
    },
    links: () => readKernel(ns),
  };
}

/** One host for all tests of a file, for those that leave it as they found it. */
export function sharedHost(
  options: HostOptions,
  prepare: (host: KernelHost) => Promise<void>,
): () => KernelHost {
  const cleanUps: (() => void | Promise<void>)[] = [];
  let host: KernelHost | null = null;
  beforeAll(async () => {
    host = await kernelHost({ ...options, finished: (cleanUp) => void cleanUps.push(cleanUp) });
    await prepare(host);
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });
  return () => {
    if (host === null) throw new Error('the host was not made');
    return host;
  };
}

/** In words, what was not done, and every problem. */
export function notDone({ report }: Answer): string[] {
  return [
    ...report.changes
      .filter((change) => change.result !== 'done')
      .map(
        ({ action, name, result, message, gate }) =>
          `${action} ${name}: ${result} ${message ?? gate.why ?? ''}${heldWords(gate)}`,
      ),
    ...report.problems.filter((one) => one.severity === 'error').map((one) => `${one.code}: ${one.message}`),
  ];
}

/** Who has the device, or why that cannot be told. */
function heldWords({ held }: ReportedChange['gate']): string {
  return held == null ? '' : ` ${JSON.stringify(held)}`;
}

/** Nothing is left to do: a second apply changes nothing, and a plan says so. */
export async function expectConverged(host: KernelHost): Promise<void> {
  const before = host.links();
  const again = await host.converge();
  expect(again.report.changes).toEqual([]);
  expectUntouched(before, host.links());
  const plan = await host.plan('--exit-code');
  expect([plan.report.inSync, plan.status]).toEqual([true, 0]);
}

/** By kind and name, what became of each change. */
export function results({ report }: Answer): Record<string, string | undefined> {
  return Object.fromEntries(report.changes.map(({ kind, name, result }) => [`${kind} ${name}`, result]));
}

/** Names of the links that bear our mark, sorted. */
export function ours(host: KernelHost): string[] {
  return Object.values(host.links())
    .filter(isOurs)
    .map((link) => link.ifname)
    .sort();
}
