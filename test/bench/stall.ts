import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { until } from '../support/netns.ts';
import type { Plan } from './plan.ts';

const ADDRESS = { near: '192.0.2.1', far: '192.0.2.2' };

/** Names of the two strangers' ports that the traffic goes through. */
export const PROBE_PORTS = ['probe0', 'probe1'];

/** Datagrams every 10 ms from one namespace to another, through two ports of the switch under test. */
export class Probe {
  private readonly children: ChildProcess[] = [];
  private readonly plan: Plan;
  private arrivals: number[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
  }

  /** Makes the links; the ports are for the caller to add. */
  plug(): void {
    const { near, far } = this.plan.namespaces;
    const lines = [
      `link add name probe0 type veth peer name eth0 netns ${near}`,
      `link add name probe1 type veth peer name eth0 netns ${far}`,
      'link set dev probe0 up',
      'link set dev probe1 up',
    ];
    execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
    for (const [name, address] of [
      [near, ADDRESS.near],
      [far, ADDRESS.far],
    ] as const) {
      const inside = `link set dev eth0 up\naddr add ${address}/24 dev eth0\n`;
      execFileSync('ip', ['-n', name, '-batch', '-'], { input: inside });
    }
  }

  async start(): Promise<void> {
    const { near, far } = this.plan.namespaces;
    const receiver = this.run(far, 'receive');
    receiver.stdout?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line !== '') this.arrivals.push(Number(line));
    });
    this.run(near, 'send', ADDRESS.far);
    await until('datagrams pass through the switch', () => this.arrivals.length > 20);
  }

  /** The longest time without an arrival while `work` runs, in seconds, and what it took. */
  async during(work: () => Promise<unknown>): Promise<{ stall: number; seconds: number }> {
    this.arrivals = this.arrivals.slice(-1);
    const start = process.hrtime.bigint();
    await work();
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    // A stall that lasts on ends with the next arrivals.
    const seen = this.arrivals.length;
    await until('datagrams pass again', () => this.arrivals.length > seen + 3);
    const gaps = this.arrivals.slice(1).map((time, i) => time - (this.arrivals[i] ?? time));
    return { stall: Math.max(...gaps) / 1000, seconds };
  }

  stop(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  private run(namespace: string, ...words: string[]): ChildProcess {
    const probe = [process.execPath, `${this.plan.directory}/probe.js`, ...words];
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', namespace, ...probe],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.children.push(child);
    return child;
  }
}
