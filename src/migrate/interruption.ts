/** Ctrl-C, and whatever else asks us to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** signal(7) */
const NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

type Asked = (typeof SIGNALS)[number];

/** Notes what asks us to end, and lets it not: what was begun is first taken to one end or the other. */
export class Interruption {
  /** The first that came. */
  private came: Asked | null = null;
  private forward: ((signal: NodeJS.Signals) => void) | null = null;
  private wake: (() => void) | null = null;
  private readonly onSignal = (signal: NodeJS.Signals) => this.take(signal);

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** How often we were asked. */
  times = 0;

  get has(): boolean {
    return this.came !== null;
  }

  /** The terminal has gone: nothing can be said any more. */
  hungUp = false;

  /** As shells count it. */
  get status(): number {
    return 128 + NUMBERS[this.came ?? 'SIGINT'];
  }

  /** While a command runs, its end decides; null: it has ended. */
  handOnTo(send: ((signal: NodeJS.Signals) => void) | null): void {
    this.forward = send;
  }

  /** Forgets what came: the command has seen it too, and has decided. */
  forget(): void {
    this.came = null;
  }

  /** Waits so long, or until something asks us to end. Milliseconds. */
  async pause(ms: number): Promise<void> {
    if (this.has) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.wake = null;
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
  }

  private take(signal: NodeJS.Signals): void {
    const asked = SIGNALS.find((one) => one === signal) ?? 'SIGTERM';
    this.times += 1;
    this.came ??= asked;
    this.hungUp ||= asked === 'SIGHUP';
    // Ctrl-C reaches the command by the terminal already.
    if (asked !== 'SIGINT' || process.stdin.isTTY !== true) this.forward?.(asked);
    this.wake?.();
  }
}
