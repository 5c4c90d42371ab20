/** Seconds, times, percent of a core, and what hardware calls a megabyte. */
export type Unit = 's' | 'x' | '%' | 'MB';

/** A limit of what was measured, and how it is told. */
export interface Target {
  what: string;
  value: number;
  limit: number;
  unit: Unit;
  /** `least`: the value must not be below. */
  bound: 'most' | 'least';
}

export interface Line {
  what: string;
  wall?: number;
  cpu?: number;
  ratio?: number | undefined;
  /** What stands in the last column when it is not a target. */
  note?: string;
  target?: Omit<Target, 'what'>;
}

const WIDTH = 54;
const DIGITS: Record<Unit, number> = { s: 3, x: 2, '%': 2, MB: 0 };

/** Prints sections as they are measured, and the targets at the end. */
export class Report {
  private readonly targets: Target[] = [];

  section(title: string, base: string): void {
    say(`\n${title}`);
    say(`${'  '.padEnd(WIDTH)}${'wall'.padStart(9)}${'cpu'.padStart(9)}  beside ${base}`);
  }

  line(section: string, { what, wall, cpu, ratio, note, target }: Line): void {
    const reached = target === undefined ? '' : `  ${verdict(target)}`;
    const columns = [
      `  ${what}`.padEnd(WIDTH),
      seconds(wall).padStart(9),
      seconds(cpu).padStart(9),
      (ratio === undefined ? '' : `${ratio.toFixed(2)} x`).padStart(10),
    ];
    say(`${columns.join('')}${note === undefined ? '' : `  ${note}`}${reached}`.trimEnd());
    if (target !== undefined) this.targets.push({ what: `${section}: ${what}`, ...target });
  }

  /** A line of words only. */
  note(text: string): void {
    say(`  ${text}`);
  }

  end(): void {
    if (this.targets.length === 0) return;
    say('\nTargets');
    for (const target of this.targets) say(`  ${target.what.padEnd(70)} ${verdict(target)}`);
  }
}

function verdict({ value, limit, unit, bound }: Omit<Target, 'what'>): string {
  const reached = bound === 'most' ? value <= limit : value >= limit;
  const number = `${value.toFixed(DIGITS[unit])} ${unit}`;
  return `${number}, at ${bound} ${limit} ${unit}: ${reached ? 'reached' : 'NOT REACHED'}`;
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

function seconds(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(3)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
