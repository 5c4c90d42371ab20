/** Growing pauses between tries: doubled each time up to the longest. Milliseconds. */
export class Backoff {
  private readonly firstMs: number;
  private readonly longestMs: number;
  private nextMs: number;

  constructor(firstMs: number, longestMs: number) {
    this.firstMs = firstMs;
    this.longestMs = longestMs;
    this.nextMs = firstMs;
  }

  /** The pause after something that lived for so long: what lasted longer than the longest pause was no failed try. */
  pauseAfter(livedMs: number): number {
    if (livedMs > this.longestMs) this.nextMs = this.firstMs;
    const pause = this.nextMs;
    this.nextMs = Math.min(pause * 2, this.longestMs);
    return pause;
  }
}
