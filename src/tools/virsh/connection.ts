import { randomUUID } from 'node:crypto';
import { ToolMissing } from '../programs.ts';
import { runTool, ToolTimeout } from '../spawn.ts';

/**
 * libvirt answers at once, some seconds after its socket has started it, or hangs. At boot it does as long as it is to
 * start after us (examples/systemd): the host's links are not to wait for that.
 */
const TIMEOUT_MS = { read: 10_000, write: 60_000 } as const;
/** Bytes of commands in one call: below MAX_ARG_STRLEN of linux/binfmts.h, the longest argument (128 KiB). */
const CALL_BYTES = 100_000;

/** libvirt does not answer: not installed, not running, or not for us. The message says which. */
export class LibvirtUnreachable extends Error {
  override name = 'LibvirtUnreachable';
}

/** A virsh command as its words, each of a checked type or a path; `word` quotes it. */
export type VirshCommand = readonly string[];

/** What one command printed, and its complaints in one line; an empty `error` is success. */
export interface VirshAnswer {
  output: string;
  error: string;
}

/** The connection that virsh is given: the system's unless the environment names another. */
function connectionUri(env: NodeJS.ProcessEnv): string {
  return env.LIBVIRT_DEFAULT_URI || 'qemu:///system';
}

/**
 * Runs commands in one process, and in as many more as their length asks for. virsh goes on after one that failed and
 * tells of all of them in one status, so each is preceded by a marker of this call's own on both of its outputs.
 * Throws LibvirtUnreachable.
 */
export async function runVirsh(
  commands: readonly VirshCommand[],
  env: NodeJS.ProcessEnv,
  access: 'read' | 'write',
): Promise<VirshAnswer[]> {
  const answers: VirshAnswer[] = [];
  for (const chunk of chunks(commands)) answers.push(...(await runChunk(chunk, env, access)));
  return answers;
}

async function runChunk(
  commands: readonly VirshCommand[],
  env: NodeJS.ProcessEnv,
  access: 'read' | 'write',
): Promise<VirshAnswer[]> {
  const marker = `plumbline-${randomUUID()}`;
  const mark = [`echo ${marker}`, `echo --err ${marker}`];
  const script = commands.flatMap((command) => [...mark, command.map(word).join(' ')]).join('; ');
  const options = access === 'read' ? ['--readonly'] : [];
  const args = ['--quiet', ...options, '--connect', connectionUri(env), script];
  try {
    const { stdout, stderr } = await runTool('virsh', args, {
      timeoutMs: TIMEOUT_MS[access],
      ...(access === 'read' ? { harmless: true } : {}),
    });
    const [, ...outputs] = stdout.split(marker);
    const [unreached = '', ...errors] = stderr.split(`error: ${marker}\n`);
    if (outputs.length !== commands.length || errors.length !== commands.length) {
      throw new LibvirtUnreachable(oneLine(unreached) || 'virsh ended before it had done all');
    }
    return commands.map((_, i) => ({ output: outputs[i] ?? '', error: oneLine(errors[i] ?? '') }));
  } catch (error) {
    if (error instanceof ToolMissing || error instanceof ToolTimeout) {
      throw new LibvirtUnreachable(error.message);
    }
    throw error;
  }
}

/** As virsh splits a line of commands (virsh(1)): in double quotes only a backslash and the quote mean more than themselves. */
function word(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The last complaint is the cause: `failed to …` stands before it. */
function oneLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^error: /, '').trim())
    .filter((line) => line !== '');
  return lines.join(': ');
}

function chunks(commands: readonly VirshCommand[]): VirshCommand[][] {
  const result: VirshCommand[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const command of commands) {
    // The markers are 50 bytes each, with their `echo`.
    const length = Buffer.byteLength(command.map(word).join(' ')) + 130;
    if (bytes + length > CALL_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(command);
    bytes += length;
  }
  return result;
}
