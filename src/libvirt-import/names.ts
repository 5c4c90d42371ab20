import { hash } from 'node:crypto';
import { isDocumentName } from '../model/tokens.ts';

/** Of a document name, DESIGN's rule; a label's value has the same bound. */
const MAX_NAME = 63;
/** Says what libvirt calls a document's network or domain, where that is no name of ours. */
export const NAME_LABEL = 'libvirt-name';

/** The nearest name of our form: `My Net_1` is my-net-1. Of nothing that is left there is `what`. */
export function nearName(original: string, what: string): string {
  const near = original
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .slice(0, MAX_NAME)
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  return isDocumentName(near) ? near : what;
}

/** With some of the original's hash, for one that others come near to. */
function ownName(original: string, what: string): string {
  const tail = hash('sha256', original, 'hex').slice(0, 8);
  return `${nearName(original, what).slice(0, MAX_NAME - 9)}-${tail}`;
}

/**
 * libvirt's names and ours, one to one. A name of our form stays as it is; of others the nearest is taken, unless another
 * has it.
 */
export class Names {
  readonly #what: string;
  readonly #originals = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** `all` are those that come, so that a name of our form has its own whatever comes before it. */
  constructor(
    what: string,
    known: Iterable<readonly [name: string, original: string]>,
    all: Iterable<string>,
  ) {
    this.#what = what;
    for (const [name, original] of known) this.#set(name, original);
    const fresh = [...new Set(all)].sort();
    for (const one of fresh) if (isDocumentName(one) && !this.#originals.has(one)) this.#set(one, one);
    for (const one of fresh) this.of(one);
  }

  #set(name: string, original: string): void {
    this.#originals.set(name, original);
    if (!this.#names.has(original)) this.#names.set(original, name);
  }

  /** Ours. */
  of(original: string): string {
    const known = this.#names.get(original);
    if (known !== undefined) return known;
    const near = nearName(original, this.#what);
    // A longer one is cut, and what is cut off tells it from others.
    const name =
      original.length > MAX_NAME || this.#originals.has(near) ? ownName(original, this.#what) : near;
    this.#set(name, original);
    return name;
  }
}

/** What a document says of its original name: nothing where that is its own. */
export function nameLabels(name: string, original: string): { labels?: Record<string, string> } {
  return name === original ? {} : { labels: { [NAME_LABEL]: original.slice(0, MAX_NAME) } };
}
