import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isNode, isScalar, isSeq, type Node, Pair, parseAllDocuments, Scalar } from 'yaml';
import type { Path } from '../model/problem.ts';
import type { ImportedDocument } from './documents.ts';

/** YAML of documents, new ones and additions to those that stand, with comments where a person has to decide. */
const FORM = { lineWidth: 100, flowCollectionPadding: true } as const;

/** The text of a new document. Ends with a line's end. */
export function documentText({ kind, name, labels, spec, comments }: ImportedDocument): string {
  const metadata = { name, ...(labels && { labels }) };
  const document = new Document({ apiVersion: 'plumbline/v1', kind, metadata, spec });
  for (const comment of comments) addComment(document, comment);
  return document.toString(FORM);
}

function addComment(document: Document, { path, text }: { path: Path; text: string }): void {
  if (path.length === 0) {
    document.commentBefore = ` ${text}`;
    return;
  }
  const parent = document.getIn(path.slice(0, -1));
  if (!isMap(parent)) return;
  const pair = parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === path.at(-1));
  if (pair === undefined) return;
  const key = isScalar(pair.key) ? pair.key : new Scalar(pair.key);
  key.commentBefore = ` ${text}`;
  pair.key = key;
}

/**
 * The text of a file with something added to one of its documents. What stands keeps its place, its comments and its
 * form. Throws where the file has no such document.
 */
export function textWithAdded(text: string, { kind, name, spec, comments }: ImportedDocument): string {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new Error('the file holds no document');
  const document = documents.find(
    (one) => one.get('kind') === kind && one.getIn(['metadata', 'name']) === name,
  );
  if (document === undefined) throw new Error(`the file holds no ${kind} ${name}`);
  document.set('spec', put(document, document.get('spec', true), spec));
  for (const comment of comments) addComment(document, comment);
  return documents.map((one) => one.toString({ lineWidth: 0 })).join('');
}

/** A node that says `value`: the one that stands where that says something of it already. */
function put(document: Document, node: unknown, value: unknown): Node {
  if (isNode(node) && isDeepStrictEqual(node.toJS(document), value)) return node;
  if (isMap(node) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, one] of Object.entries(value)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? item.key.value : item.key) === key);
      if (pair === undefined) node.items.push(new Pair(document.createNode(key), document.createNode(one)));
      else pair.value = put(document, pair.value, one);
    }
    return node;
  }
  if (isSeq(node) && Array.isArray(value) && value.length >= node.items.length) {
    value.forEach((one, index) => {
      node.items[index] =
        index < node.items.length ? put(document, node.items[index], one) : document.createNode(one);
    });
    return node;
  }
  return document.createNode(value);
}
