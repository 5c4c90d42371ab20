import {
  boolCoreTag,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  type MappingEvent,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml';
import { MAX_DEPTH } from './bounds.ts';
import type { Place } from './positions.ts';
import type { TextDocument } from './text-document.ts';

interface Content {
  value: unknown;
  place: Place;
}

/** An offset that js-yaml gives for what does not stand in the text. */
const ABSENT = -1;
/**
 * What needs the other reader: an indented beginning, spaces alone after the last line end, which are a line of a block
 * to js-yaml, a directive, of which it does not tell all, a key that is announced by `?`, and characters that end lines,
 * are not seen, or are a half of one.
 */
const ODD = /^ |\n +(?:\n|$)|(?:^|\n)%|\?(?:\s|$)|[^\n\x20-\x7e\xa1-\u1fff\u2070-\ud7ff\ue000-\ufefe]/;
/** Begins of what may be something else than text. */
const MAY_BE_VALUE = /^(?:$|[-+.0-9~nNtTfF])/;
const BLOCKS: ReadonlySet<number> = new Set([SCALAR_STYLE.LITERAL_BLOCK, SCALAR_STYLE.FOLDED_BLOCK]);
const VALUES = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

/** Ends the reading: what stands there is for a reader that can tell what is wrong with it. */
class NotPlain extends Error {}

/**
 * The documents of a text in which nothing is wrong and nothing out of the ordinary: no anchor, alias, tag or
 * directive, no key twice, no control character. null for any other, of which `composeDocuments` says what it means;
 * what this one reads, that one reads the same (test/desired/read-plain.test.ts). js-yaml takes a third of yaml's time,
 * and stops at the first slip.
 */
export function readPlain(text: string): TextDocument[] | null {
  if (ODD.test(text)) return null;
  try {
    const events = parseEvents(text, {});
    return events.every(isPlain) ? new PlainReader(text, events).documents() : null;
  } catch (error) {
    if (error instanceof YAMLException || error instanceof NotPlain) return null;
    throw error;
  }
}

class PlainReader {
  private readonly text: string;
  private readonly events: Event[];
  private next = 0;
  /** Of the line that was last asked for: its number from 1, its offset, and that of its end. */
  private line = 1;
  private lineStart = 0;
  private lineEnd: number;

  constructor(text: string, events: Event[]) {
    this.text = text;
    this.events = events;
    this.lineEnd = this.endOfLine(0);
  }

  documents(): TextDocument[] {
    const documents: TextDocument[] = [];
    while (this.next < this.events.length) {
      this.take();
      const root = this.take();
      if (root.type !== EVENT_ID.MAPPING) throw new NotPlain();
      const content = this.mapping(root, 0, null);
      this.take();
      documents.push({ start: content.place, syntax: [], slips: [], refusal: null, content });
    }
    return documents;
  }

  /** `at` is where its key stands; without one it is told where it stands itself. */
  private node(event: Event, depth: number, at: Place | null = null): Content {
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.scalar(event, at ?? this.placeOf(event));
      case EVENT_ID.MAPPING:
        return this.mapping(event, depth, at);
      case EVENT_ID.SEQUENCE:
        return this.list(event, depth, at);
      default:
        throw new NotPlain();
    }
  }

  private mapping(event: MappingEvent, depth: number, at: Place | null): Content {
    const isFlow = event.style === COLLECTION_STYLE.FLOW;
    // A pair in a list, `[a: b]`, after which yaml takes no comment.
    if (isFlow && this.text.charAt(event.start) !== '{') throw new NotPlain();
    const place = this.placeOfCollection(event, depth, at);
    const value: Record<string, unknown> = {};
    const below = new Map<string | number, Place>();
    place.below = below;
    for (let key = this.take(); key.type !== EVENT_ID.POP; key = this.take()) {
      if (key.type !== EVENT_ID.SCALAR) throw new NotPlain();
      const keyPlace = this.placeOf(key);
      if (!isFlow && !this.opensLine(keyPlace)) throw new NotPlain();
      // Read as it is written: `10:` is the name "10".
      const name = getScalarValue(this.text, key);
      if (Object.hasOwn(value, name) || name === '__proto__') throw new NotPlain();
      const content = this.take();
      // In `{ a }` yaml sees no value, in `{ a: }` one that is empty.
      if (isFlow && content.type === EVENT_ID.SCALAR && content.valueStart === ABSENT) throw new NotPlain();
      value[name] = this.node(content, depth + 1, keyPlace).value;
      below.set(name, keyPlace);
    }
    return { value, place };
  }

  private list(event: SequenceEvent, depth: number, at: Place | null): Content {
    const place = this.placeOfCollection(event, depth, at);
    const value: unknown[] = [];
    const below = new Map<string | number, Place>();
    place.below = below;
    for (let item = this.take(); item.type !== EVENT_ID.POP; item = this.take()) {
      const child = this.node(item, depth + 1);
      below.set(value.length, child.place);
      value.push(child.value);
    }
    return { value, place };
  }

  private placeOfCollection(event: MappingEvent | SequenceEvent, depth: number, at: Place | null): Place {
    if (depth >= MAX_DEPTH) throw new NotPlain();
    return at ?? this.place(event.start);
  }

  private scalar(event: ScalarEvent, place: Place): Content {
    const text = getScalarValue(this.text, event);
    const value = event.style === SCALAR_STYLE.PLAIN ? plainValue(text) : text;
    if (typeof value !== 'string') place.written = text;
    return { value, place };
  }

  /** Of a block of text, js-yaml does not say where its `|` stands. */
  private placeOf({ style, valueStart }: ScalarEvent): Place {
    if (valueStart === ABSENT || BLOCKS.has(style)) throw new NotPlain();
    return this.place(style === SCALAR_STYLE.PLAIN ? valueStart : valueStart - 1);
  }

  /** Line and column of an offset; none is before that of the last call by a line. */
  private place(offset: number): Place {
    if (offset < this.lineStart) throw new NotPlain();
    while (offset > this.lineEnd) {
      this.line += 1;
      this.lineStart = this.lineEnd + 1;
      this.lineEnd = this.endOfLine(this.lineStart);
    }
    return { line: this.line, column: offset - this.lineStart + 1, below: null };
  }

  /**
   * Whether nothing but spaces and the dashes of lists is before a place of the line that was last asked for. js-yaml
   * goes on with a key behind the last item of a list: `- 'a'b: 1`.
   */
  private opensLine({ column }: Place): boolean {
    let at = this.lineStart + column - 2;
    while (at >= this.lineStart && ' -'.includes(this.text.charAt(at))) at -= 1;
    return at < this.lineStart;
  }

  private endOfLine(from: number): number {
    const end = this.text.indexOf('\n', from);
    return end < 0 ? this.text.length : end;
  }

  private take(): Event {
    const event = this.events[this.next];
    if (event === undefined) throw new NotPlain();
    this.next += 1;
    return event;
  }
}

/** A document without directives, or a node without anchor and tag. */
function isPlain(event: Event): boolean {
  switch (event.type) {
    case EVENT_ID.POP:
      return true;
    case EVENT_ID.ALIAS:
      return false;
    case EVENT_ID.DOCUMENT:
      return event.directives.length === 0;
    default:
      return event.anchorStart === ABSENT && event.tagStart === ABSENT;
  }
}

/** What a word without quotes stands for in YAML 1.2's core schema. */
function plainValue(text: string): unknown {
  if (!MAY_BE_VALUE.test(text)) return text;
  for (const tag of VALUES) {
    const value: unknown = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  // Numbers that are too large for js-yaml are infinite for yaml.
  if (!Number.isNaN(Number(text))) throw new NotPlain();
  return text;
}
