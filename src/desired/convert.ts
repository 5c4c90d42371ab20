import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  type ParsedNode,
  type Scalar,
} from 'yaml';
import { formatPath, type Path, type Problem } from '../model/problem.ts';
import { MAX_ALIAS_NODES, MAX_DEPTH } from './bounds.ts';
import type { Place } from './positions.ts';

/** A node of the text as plain data. `size` counts nodes and `height` levels, aliases expanded. */
interface Converted {
  value: unknown;
  place: Place;
  size: number;
  height: number;
}

/** Ends the conversion of a document: going on would cost too much or make no sense. */
class Refused extends Error {}

/**
 * Turns YAML nodes into plain data and places. yaml's own conversion is not used: it knows no places, its check for
 * duplicate keys takes quadratic time, and it makes keys out of whatever stands there.
 */
export class Converter {
  readonly problems: Problem[] = [];
  private readonly file: string;
  private readonly lines: LineCounter;
  private readonly anchors = new Map<string, Converted>();
  private aliasNodes = 0;

  constructor(file: string, lines: LineCounter) {
    this.file = file;
    this.lines = lines;
  }

  /** null when the document is refused; why is in `problems`. */
  convert(root: ParsedNode): { value: unknown; place: Place } | null {
    try {
      return this.node(root, [], 0);
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  /** Line and column of an offset in the text. */
  place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), below: null };
  }

  private node(node: unknown, path: Path, depth: number): Converted {
    if (isAlias(node)) return this.alias(node.source, this.place(node.range?.[0] ?? 0), path, depth);
    if (isScalar(node)) {
      const place = this.place(node.range?.[0] ?? 0);
      if (typeof node.value !== 'string' && node.source !== undefined) place.written = node.source;
      const converted = { value: node.value, place, size: 1, height: 0 };
      if (node.anchor) this.anchors.set(node.anchor, converted);
      return converted;
    }
    if (!isMap(node) && !isSeq(node)) return { value: null, place: this.place(0), size: 1, height: 0 };

    const place = this.place(node.range?.[0] ?? 0);
    if (depth >= MAX_DEPTH) this.refuse('nesting-too-deep', place, path, `at most ${MAX_DEPTH} levels`);
    const converted = isMap(node)
      ? this.mapping(node.items, place, path, depth)
      : this.list(node.items, place, path, depth);
    // Registered only now, so that an alias inside of its own anchor finds none instead of a circle.
    if (node.anchor) this.anchors.set(node.anchor, converted);
    return converted;
  }

  private mapping(
    items: readonly Pair<unknown, unknown>[],
    place: Place,
    path: Path,
    depth: number,
  ): Converted {
    const value: Record<string, unknown> = {};
    const below = new Map<string | number, Place>();
    const result: Converted = { value, place: { ...place, below }, size: 1, height: 1 };
    for (const { key, value: content } of items) {
      if (!isScalar(key)) {
        const at = isMap(key) || isSeq(key) || isAlias(key) ? this.place(key.range?.[0] ?? 0) : place;
        this.tell('wrong-type', at, path, 'a key that is no plain text', { expected: 'a word as key' });
        continue;
      }
      const at = this.place(key.range?.[0] ?? 0);
      const name = keyText(key);
      const child = this.node(content, [...path, name], depth + 1);
      if (Object.hasOwn(value, name)) {
        const first = below.get(name);
        const message = `the key ${JSON.stringify(name)} stands twice in one mapping`;
        const hint = first && `the first is on line ${first.line}`;
        this.tell('duplicate-key', at, [...path, name], message, hint ? { hint } : {});
        continue;
      }
      // An object's own prototype: no schema knows such a key, and no code should ever meet it.
      if (name === '__proto__') {
        this.tell('unknown-key', at, [...path, name], 'unknown key "__proto__"', { found: name });
        continue;
      }
      value[name] = child.value;
      below.set(name, { ...child.place, line: at.line, column: at.column });
      result.size += child.size;
      result.height = Math.max(result.height, child.height + 1);
    }
    return result;
  }

  private list(items: readonly unknown[], place: Place, path: Path, depth: number): Converted {
    const value: unknown[] = [];
    const below = new Map<string | number, Place>();
    const result: Converted = { value, place: { ...place, below }, size: 1, height: 1 };
    for (const [index, item] of items.entries()) {
      const child = this.node(item, [...path, index], depth + 1);
      value.push(child.value);
      below.set(index, child.place);
      result.size += child.size;
      result.height = Math.max(result.height, child.height + 1);
    }
    return result;
  }

  /** What an anchor stands for is shared, not copied; its size counts each time, for whoever walks the value pays it. */
  private alias(name: string, place: Place, path: Path, depth: number): Converted {
    const target = this.anchors.get(name);
    if (target === undefined) {
      this.refuse('yaml-syntax', place, path, `an anchor &${name} that ends before this alias`, `*${name}`);
    }
    this.aliasNodes += target.size;
    if (this.aliasNodes > MAX_ALIAS_NODES) {
      this.refuse('alias-expansion', place, path, `aliases that stand for at most ${MAX_ALIAS_NODES} values`);
    }
    if (depth + target.height > MAX_DEPTH) {
      this.refuse('nesting-too-deep', place, path, `at most ${MAX_DEPTH} levels`);
    }
    return target;
  }

  private refuse(code: string, place: Place, path: Path, expected: string, found?: string): never {
    const messages: Record<string, string> = {
      'nesting-too-deep': 'mappings and lists are nested too deep',
      'alias-expansion': 'the aliases of this document stand for too much',
      'yaml-syntax': 'an alias without its anchor',
    };
    this.tell(code, place, path, messages[code] ?? code, { expected, ...(found ? { found } : {}) });
    throw new Refused();
  }

  private tell(
    code: string,
    at: Place,
    path: Path,
    message: string,
    more: { found?: string; expected?: string; hint?: string },
  ): void {
    const source = { file: this.file, line: at.line, column: at.column };
    this.problems.push({ code, severity: 'error', message, source, path: formatPath(path), ...more });
  }
}

/** The key as it is written: `10:` is the name "10", `0x0a:` is not. */
function keyText(key: Scalar): string {
  if (typeof key.value === 'string') return key.value;
  return key.source ?? String(key.value);
}
