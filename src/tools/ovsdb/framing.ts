import { StringDecoder } from 'node:string_decoder';

/** A message larger than this is no answer to any question of ours. */
const MAX_MESSAGE = 256 * 1024 * 1024;

/**
 * Cuts a stream of bytes into JSON objects: RFC 7047 §4 has them one after another with nothing between. Pieces may end
 * anywhere, also within a character.
 */
export class JsonFrames {
  private readonly decoder = new StringDecoder('utf8');
  private text = '';
  private position = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;

  /** The texts of the objects that this piece completes. Throws where the stream is no series of JSON objects. */
  push(piece: Buffer): string[] {
    this.text += this.decoder.write(piece);
    if (this.text.length > MAX_MESSAGE) throw new Error('a JSON message without an end');
    const frames: string[] = [];
    let start = 0;
    for (; this.position < this.text.length; this.position++) {
      if (!this.step(this.text.charCodeAt(this.position))) continue;
      frames.push(this.text.slice(start, this.position + 1));
      start = this.position + 1;
    }
    this.text = this.text.slice(start);
    this.position = this.text.length;
    return frames;
  }

  /** true at the end of an object. */
  private step(code: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (code === BACKSLASH) this.escaped = true;
      else if (code === QUOTE) this.inString = false;
      return false;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) this.depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) return --this.depth === 0;
    else if (this.depth === 0 && code > SPACE) throw new Error('bytes that are no JSON object');
    else if (code === QUOTE) this.inString = true;
    return false;
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
