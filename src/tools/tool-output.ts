import { closeSync } from 'node:fs';
import { followScratch, openScratch, readScratch } from './scratch.ts';

/** One of a program's two outputs: a file in memory, or a pipe where there is no such file to be had. */
export class ToolOutput {
  /** The file, for the program; null for a pipe. */
  readonly descriptor = openScratch();
  readonly #take: ((bytes: Buffer) => void) | null;
  readonly #chunks: Buffer[] = [];
  readonly #stopFollowing: () => void;

  /** `take` is given all of it while the program works; those bytes are overwritten afterwards. */
  constructor(take: ((bytes: Buffer) => void) | null = null) {
    this.#take = take;
    const follows = take !== null && this.descriptor !== null;
    this.#stopFollowing = follows ? followScratch(this.descriptor, take) : () => {};
  }

  /** `stream` is our end of the pipe, null where there is none. */
  listen(stream: NodeJS.ReadableStream | null): void {
    stream?.on('data', this.#take ?? ((chunk: Buffer) => this.#chunks.push(chunk)));
  }

  /** Of a program that has ended: what was not handed over. */
  text(): string {
    if (this.#take === null && this.descriptor !== null) return readScratch(this.descriptor);
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** Hands over the rest. */
  close(): void {
    this.#stopFollowing();
    if (this.descriptor !== null) closeSync(this.descriptor);
  }
}
