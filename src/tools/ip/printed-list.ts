/** Where one link ends and the next begins. In a string `ip` escapes the quotes, so it stands nowhere else. */
const BETWEEN = '},{"ifindex":';
const [OPENING, NOTHING] = [0x5b, Buffer.alloc(0)];

/**
 * What `ip -j` prints, parsed while it prints: a list of links piece by piece, as far as each is whole, anything else at
 * its end. So what takes as long as the print itself goes on beside it.
 */
export class PrintedList {
  readonly #parse: (text: string) => unknown;
  readonly #entries: unknown[] = [];
  /** What has not been parsed yet, and begins as a list does. */
  #open: Buffer = NOTHING;
  readonly #failures: unknown[] = [];

  /** `parse` is given JSON of a list or less; what it throws is thrown at the end. */
  constructor(parse: (text: string) => unknown) {
    this.#parse = parse;
  }

  /** The next bytes, which may be somebody else's afterwards. */
  take(bytes: Buffer): void {
    const text = Buffer.concat([this.#open, bytes]);
    const end = text.lastIndexOf(BETWEEN, undefined, 'latin1') + 1;
    if (end > 0) {
      this.#add(`${text.toString('utf8', 0, end)}]`);
      // In the place of the comma.
      text[end] = OPENING;
    }
    this.#open = text.subarray(end);
  }

  /** All that was printed. Throws what `parse` has thrown. */
  end(): unknown {
    const rest = this.#open.toString('utf8');
    if (this.#entries.length > 0) this.#add(rest);
    if (this.#failures.length > 0) throw this.#failures[0];
    return this.#entries.length > 0 ? this.#entries : this.#parse(rest);
  }

  #add(text: string): void {
    try {
      const list = this.#parse(text);
      if (Array.isArray(list)) list.forEach((entry) => void this.#entries.push(entry));
    } catch (error) {
      this.#failures.push(error);
    }
  }
}
