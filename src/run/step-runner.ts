import type { FirewallState, HostState } from '../model/host.ts';
import type { Step } from '../model/step.ts';
import { runBatch } from '../tools/ip/batch.ts';
import { deleteLinks } from '../tools/ip/delete.ts';
import { readLinks } from '../tools/ip/read.ts';
import { setNodeOwner } from '../tools/node.ts';
import type { OvsdbConnection } from '../tools/ovsdb/connection.ts';
import { connectOvsdb } from '../tools/ovsdb/connection.ts';
import type { StepResult } from '../tools/result.ts';
import { failed } from '../tools/result.ts';
import { markServed } from '../tools/served.ts';

type StepResults = Map<string, StepResult>;
type StepOf<T extends Step['tool']> = Extract<Step, { tool: T }>;
/** One that may share its process with others. */
export type PlainIpStep = Exclude<StepOf<'ip'>, { strict: true }>;

/** Takes steps to their tools: one batch, or one list of transactions, for all of a phase. */
export class StepRunner {
  private readonly env: NodeJS.ProcessEnv;
  private readonly stop: () => boolean;
  private ovs: OvsdbConnection | null = null;
  /** Link indexes by name, forgotten whenever `ip` may have made others. */
  private indexes: Map<string, number> | null = null;
  private readonly seen: HostState | null;
  /** Rules as they were seen, until the first are set; undefined where nobody looked. */
  private firewall: FirewallState | null | undefined;

  constructor(options: { env: NodeJS.ProcessEnv; seen?: HostState; stop(): boolean }) {
    this.env = options.env;
    this.stop = options.stop;
    this.seen = options.seen ?? null;
    const services = options.seen?.services;
    this.firewall = services?.firewallUnavailable === null ? services.firewall : undefined;
  }

  close(): void {
    this.ovs?.close();
  }

  /**
   * Steps that were not come to, because of a stop, are not in the result. `following` are those of `ip` that wait for
   * nothing but these and one another: the result has those that went along.
   */
  async run(
    steps: readonly Step[],
    following: readonly PlainIpStep[],
    onProgress: (done: number) => void,
  ): Promise<StepResults> {
    const results: StepResults = new Map();
    const add = (some: ReadonlyMap<string, StepResult>) => {
      some.forEach((result, key) => {
        results.set(key, result);
      });
    };
    const report = (n: number) => onProgress(results.size + n);
    const [reloads, services] = halves(only(steps, 'service'), ({ op }) => op.do === 'reload');
    const carryOut = async <S extends Step>(some: S[], work: (steps: S[]) => Promise<StepResults>) => {
      if (some.length > 0) add(await failSeparately(some, work));
    };
    // At once, for they wait for nothing; a guest's address is known before its device is there.
    await carryOut(reloads, (some) => this.runServices(some));
    await carryOut(only(steps, 'nft'), (some) => this.runNft(some));
    if (!this.stop()) await carryOut(only(steps, 'ip'), (some) => this.runIp(some, following, report));
    if (!this.stop()) await carryOut(only(steps, 'settle'), runWaits);
    if (!this.stop()) await carryOut(only(steps, 'node'), (some) => this.runNodes(some));
    if (!this.stop()) await carryOut(only(steps, 'sysctl'), runSysctls);
    if (!this.stop()) await carryOut(only(steps, 'ovs'), (some) => this.runOvs(some));
    if (!this.stop()) await carryOut(services, (some) => this.runServices(some));
    if (!this.stop()) await carryOut(only(steps, 'virsh'), (some) => this.runLibvirt(some));
    if (!this.stop()) await carryOut(only(steps, 'ip-delete'), (some) => this.runDeletions(some, report));
    onProgress(results.size);
    return results;
  }

  private async runIp(
    steps: StepOf<'ip'>[],
    following: readonly PlainIpStep[],
    onProgress: (done: number) => void,
  ) {
    this.indexes = null;
    return runBatch(steps, { following, onProgress, stop: this.stop });
  }

  private async runNft(steps: StepOf<'nft'>[]) {
    const { runNft } = await import('../tools/nft/run.ts');
    markServed(this.env);
    const { firewall } = this;
    this.firewall = undefined;
    return runNft(steps, firewall);
  }

  private async runServices(steps: StepOf<'service'>[]) {
    const { runServices } = await import('../tools/dnsmasq/run.ts');
    markServed(this.env);
    return runServices(steps, this.env, this.seen?.links ?? null);
  }

  private async runLibvirt(steps: StepOf<'virsh'>[]) {
    const { runLibvirt } = await import('../tools/virsh/write.ts');
    return runLibvirt(steps, this.env);
  }

  private async runNodes(steps: StepOf<'node'>[]) {
    const results: StepResults = new Map();
    const indexes = await this.readIndexes();
    for (const { key, link, uid, gid } of steps) {
      const index = indexes.get(link);
      const result: StepResult =
        index === undefined
          ? { ok: false, message: `${link} has gone` }
          : setNodeOwner({ name: link, index }, uid, gid);
      results.set(key, result);
    }
    return results;
  }

  private async runOvs(steps: StepOf<'ovs'>[]) {
    const { runOvs } = await import('../tools/ovsdb/write.ts');
    const indexes = await this.readIndexes();
    this.ovs ??= await connectOvsdb(this.env);
    return runOvs(this.ovs, steps, { indexOf: (link) => indexes.get(link) ?? null, stop: this.stop });
  }

  private async runDeletions(steps: StepOf<'ip-delete'>[], onProgress: (done: number) => void) {
    const results: StepResults = new Map();
    this.indexes = null;
    const links = steps.map(({ index, change }) => ({ index, name: change.slice(change.indexOf(':') + 1) }));
    const byIndex = await deleteLinks(links, { onProgress, stop: this.stop });
    for (const { key, index } of steps) {
      const result = byIndex.get(index);
      if (result !== undefined) results.set(key, result);
    }
    return results;
  }

  private async readIndexes(): Promise<Map<string, number>> {
    this.indexes ??= new Map((await readLinks()).map((link) => [link.name, link.index]));
    return this.indexes;
  }
}

async function runSysctls(steps: StepOf<'sysctl'>[]): Promise<StepResults> {
  const { writeSysctls } = await import('../tools/sysctl.ts');
  return new Map(steps.map(({ key, writes }) => [key, writeSysctls(writes)]));
}

async function runWaits(steps: StepOf<'settle'>[]): Promise<StepResults> {
  const results: StepResults = new Map();
  const { waitUntilSettled } = await import('../tools/ip/settle.ts');
  for (const { key, link, addresses } of steps) results.set(key, await waitUntilSettled(link, addresses));
  return results;
}

/** A tool that does not end in its time, or cannot be started, fails the steps that were for it, and no others. */
async function failSeparately<S extends Step>(
  steps: S[],
  work: (steps: S[]) => Promise<StepResults>,
): Promise<StepResults> {
  try {
    return await work(steps);
  } catch (error) {
    const { isMachineError } = await import('../tools/machine-error.ts');
    if (!isMachineError(error)) throw error;
    return new Map(steps.map(({ key }) => [key, failed(error.message)]));
  }
}

function halves<T>(list: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [list.filter(isFirst), list.filter((one) => !isFirst(one))];
}

function only<T extends Step['tool']>(steps: readonly Step[], tool: T): StepOf<T>[] {
  return steps.filter((step): step is StepOf<T> => step.tool === tool);
}
