import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One run of a process, with all that it started. */
export interface Sample {
  /** Seconds from start to end. */
  wall: number;
  /** Seconds of processor time, user and system; the kernel counts them in steps of 10 ms. */
  cpu: number;
}

export interface MeasureOptions {
  stdin?: string;
  env?: Record<string, string>;
  /** Exit codes that are as they should be. */
  expect?: readonly number[];
}

/** Runs a program to its end, its output thrown away, and says what it took. Throws when it fails. */
export async function measure(argv: readonly string[], options: MeasureOptions = {}): Promise<Sample> {
  const [file = '', ...rest] = argv;
  const cpuBefore = childrenCpu();
  const start = process.hrtime.bigint();
  const child = spawn(file, rest, {
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin);
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  if (!(options.expect ?? [0]).includes(status)) {
    throw new Error(`${argv.join(' ').slice(0, 200)} exited ${status}: ${words.slice(0, 2000)}`);
  }
  return { wall, cpu: childrenCpu() - cpuBefore };
}

/** The highest resident memory of a Node program, in bytes; what it starts is not counted. */
export async function peakMemory(argv: readonly string[], options: MeasureOptions = {}): Promise<number> {
  let words = '';
  const child = spawn(process.execPath, ['--import', AT_EXIT, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  child.stdio[3]?.on('data', (piece: Buffer) => {
    words += piece.toString();
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // getrusage(2): ru_maxrss is in kibibytes.
  return Number(words) * 1024;
}

const AT_EXIT = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));",
)}`;

/** cutime and cstime, the 16th and 17th field of proc_pid_stat(5), in clock ticks, 100 a second. */
function childrenCpu(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Samples by name, a round after the other, so that a busy machine is busy for all of them. */
export class Rounds {
  private readonly samples = new Map<string, TimedSample[]>();

  async run(name: string, argv: readonly string[], options: MeasureOptions = {}): Promise<Sample> {
    const start = performance.now();
    const sample = { ...(await measure(argv, options)), start };
    const list = this.samples.get(name) ?? [];
    this.samples.set(name, [...list, sample]);
    return sample;
  }

  wall(name: string): number {
    return median(this.of(name).map(({ wall }) => wall));
  }

  cpu(name: string): number {
    return median(this.of(name).map(({ cpu }) => cpu));
  }

  /** The median of the ratios, each to the base that ran nearest to it: a machine's speed changes within seconds. */
  ratio(name: string, to: string): number {
    const bases = this.of(to);
    const nearest = ({ start }: TimedSample) =>
      bases.reduce((best, base) =>
        Math.abs(base.start - start) < Math.abs(best.start - start) ? base : best,
      );
    return bases.length === 0
      ? Number.NaN
      : median(this.of(name).map((sample) => sample.wall / nearest(sample).wall));
  }

  private of(name: string): TimedSample[] {
    return this.samples.get(name) ?? [];
  }
}

/** `start` is in milliseconds of performance.now(). */
interface TimedSample extends Sample {
  start: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return (low + high) / 2;
}
