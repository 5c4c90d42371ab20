import { runTool } from '../spawn.ts';
import { PrintedList } from './printed-list.ts';

/** What rtnetlink's NLM_F_DUMP_INTR makes iproute2 say, with valid JSON and an exit code of 0 (FACTS.md). */
const INTERRUPTED = 'Dump was interrupted';
const ATTEMPTS = 8;

/** `ip` could not tell what is on the host. */
export class ReadFailed extends Error {
  override name = 'ReadFailed';
}

/**
 * One dump of `ip -N -j …` as JSON, read again while the kernel says that links came or went meanwhile. Throws
 * ReadFailed when it does not come to rest, rather than give what never stood at one moment.
 */
export async function readDump(args: readonly string[]): Promise<unknown> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const printed = new PrintedList((text) => parse(text, args));
    const { exitCode, stderr } = await runTool('ip', ['-N', '-j', ...args], {
      timeoutMs: 60_000,
      harmless: true,
      onOutput: (bytes) => printed.take(bytes),
    });
    if (stderr.includes(INTERRUPTED)) {
      // Others are at work on the links; each wait is longer than the one before.
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
      continue;
    }
    if (exitCode !== 0) throw new ReadFailed(`ip ${args.join(' ')} failed: ${stderr.trim()}`);
    return printed.end();
  }
  throw new ReadFailed(
    `the links of this host changed during each of ${ATTEMPTS} reads, so none of them can be trusted: try again when whatever makes and removes links here has come to rest`,
  );
}

function parse(text: string, args: readonly string[]): unknown {
  // ip prints nothing at all where a filter leaves no link.
  if (text.trim() === '') return [];
  try {
    return JSON.parse(text);
  } catch {
    // Looked at again below.
  }
  try {
    return JSON.parse(escapeControls(text));
  } catch {
    throw new ReadFailed(`ip ${args.join(' ')} printed no valid JSON: ${text.slice(0, 80)}`);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const RAW_CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/**
 * iproute2 escapes quotes and line ends in JSON strings, and prints all other control characters as they are, which is no
 * JSON: an escape sequence in one operator's alias must not hide a whole host.
 */
function escapeControls(text: string): string {
  return text.replace(RAW_CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
