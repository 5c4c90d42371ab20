import { type EmptyStream, LineCounter, parseAllDocuments, type Document as YamlDocument } from 'yaml';
import type { Problem } from '../model/problem.ts';
import { Converter } from './convert.ts';
import type { TextDocument } from './text-document.ts';

const UNEXPECTED = /^Unexpected [a-z-]+ token in YAML stream/;

/**
 * Any text as documents, with all that is wrong in it: yaml goes on where it has met a slip. Plain text without one is
 * read by `readPlain` in a third of the time.
 */
export function* composeDocuments(file: string, text: string): Generator<TextDocument, void> {
  // Not filled by the parser, which passes over lines where it has lost its way.
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  const start = { line: 1, column: 1, below: null };
  const composed = compose(text);
  if (composed === null) {
    const source = { file, line: 1, column: 1 };
    const message = 'mappings and lists are nested too deep';
    const refusal: Problem = { code: 'nesting-too-deep', severity: 'error', message, source };
    yield { start, syntax: [], slips: [], refusal, content: null };
    return;
  }
  if ('empty' in composed) {
    const syntax = syntaxProblems(composed, new Converter(file, lines), file);
    yield { start, syntax, slips: [], refusal: null, content: null };
    return;
  }
  for (const document of composed) {
    const converter = new Converter(file, lines);
    const syntax = syntaxProblems(document, converter, file);
    const content = document.contents === null ? null : converter.convert(document.contents);
    const refused = content === null && converter.problems.length > 0;
    yield {
      start: converter.place(document.range[0]),
      syntax,
      slips: converter.problems,
      refusal: refused ? (converter.problems.at(-1) ?? null) : null,
      content,
    };
  }
}

/** null when the text is nested deeper than the composer can go. */
function compose(text: string): YamlDocument.Parsed[] | EmptyStream | null {
  // Each slip becomes an Error, half a million of them in the worst file: their stacks, which nobody sees, cost most.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    // Keys that stand twice are found by the converter; yaml's own check takes quadratic time.
    return parseAllDocuments(text, {
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
      // YAML 1.2 alone, whatever a directive asks for: no dates, no binary data, and `no` is a word.
      schema: 'core',
      resolveKnownTags: false,
    });
  } catch (error) {
    // The composer recurses; V8 ends that by a RangeError long before memory runs out.
    if (!(error instanceof RangeError)) throw error;
    return null;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function syntaxProblems(
  document: Pick<YamlDocument.Parsed, 'errors' | 'warnings'>,
  converter: Converter,
  file: string,
): Problem[] {
  // A warning is an unknown tag or directive: nothing that a desired document could mean.
  const slips = [...document.errors, ...document.warnings].filter(
    // Once the parser has lost its way, each further token is one too many.
    ({ message }, index) => index === 0 || !UNEXPECTED.test(message),
  );
  const told = new Map<number, Problem>();
  for (const { pos, message } of slips) {
    const { line, column } = converter.place(pos[0]);
    // One slip seldom stays alone in its line.
    if (told.has(line)) continue;
    told.set(line, { code: 'yaml-syntax', severity: 'error', message, source: { file, line, column } });
    if (told.size === 10) break;
  }
  return [...told.values()];
}
