import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import type { Namespace } from './netns.ts';

/** Where a test's code lies bundled, by the module's path; gone with the test file. */
const bundles = new Map<string, Promise<string>>();
let directory: string | null = null;

// An `exit` handler would not do: vitest ends its workers by a signal.
afterAll(() => {
  if (directory !== null) rmSync(directory, { recursive: true, force: true });
  directory = null;
  bundles.clear();
});

type Functions<M> = { [K in keyof M]: M[K] extends (...args: never[]) => unknown ? K : never }[keyof M];

/**
 * Calls an exported function of a module in a namespace, in a process of its own, for code under test acts on the
 * namespace that it runs in. `path` is relative to the project (`src/tools/ip/read.ts`), and `M` its type
 * (`typeof import('…')`). Arguments and result may hold Maps and Sets, but no functions; what it throws is thrown here.
 */
export async function runInNamespace<M, K extends Functions<M> & string>(
  namespace: Pick<Namespace, 'name'>,
  path: string,
  name: K,
  args: M[K] extends (...args: infer A) => unknown ? A : never,
  env: Record<string, string> = {},
): Promise<M[K] extends (...args: never[]) => infer R ? Awaited<R> : never> {
  return call(path, { name, args }, ['ip', 'netns', 'exec', namespace.name], env);
}

/** The same by an account that has no rights, and may look into no other process. */
export function runAsNobody<M, K extends Functions<M> & string>(
  namespace: Pick<Namespace, 'name'>,
  path: string,
  name: K,
  args: M[K] extends (...args: infer A) => unknown ? A : never,
): Promise<M[K] extends (...args: never[]) => infer R ? Awaited<R> : never> {
  return call(path, { name, args }, ['ip', 'netns', 'exec', namespace.name, ...AS_NOBODY], {});
}

/** By setpriv(1), for Node gives up no rights where it may use io_uring, as Debian 13's may. */
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** The file of a program that answers one call of a function of the module; see `runner`. */
export function bundleOf(path: string): Promise<string> {
  const known = bundles.get(path) ?? makeBundle(path);
  bundles.set(path, known);
  return known;
}

async function makeBundle(path: string): Promise<string> {
  if (directory === null) {
    directory = mkdtempSync(join(tmpdir(), 'plt-'));
    // Nobody reads it too.
    chmodSync(directory, 0o755);
  }
  const outfile = join(directory, `${bundles.size}.mjs`);
  await build({
    stdin: { contents: runner(resolve(path)), resolveDir: process.cwd(), loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
    banner: {
      js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
    },
  });
  return outfile;
}

/** Reads the call from standard input and answers on descriptor 3, so that code under test may print. */
function runner(module: string): string {
  return `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { deserialize, serialize } from 'node:v8';
    import * as module from ${JSON.stringify(module)};
    const { name, args } = deserialize(readFileSync(0));
    let answer;
    try {
      answer = { value: await module[name](...args) };
    } catch (error) {
      answer = { error: { ...error, name: error.name, message: error.message } };
    }
    writeFileSync(3, serialize(answer));
    process.exit(0);
  `;
}

async function call(
  path: string,
  request: { name: string; args: unknown },
  before: readonly string[],
  env: Record<string, string>,
  // biome-ignore lint/suspicious/noExplicitAny: what comes over a pipe; the caller's type says what it is
): Promise<any> {
  const bundle = await bundleOf(path);
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...before, process.execPath, bundle], {
    stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  const chunks: Buffer[] = [];
  child.stdio[3]?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin?.end(serialize(request));
  const [code, signal] = await once(child, 'close');
  if (chunks.length === 0)
    throw new Error(`the call of ${request.name} ended without an answer (${code ?? signal})`);
  const { value, error } = deserialize(Buffer.concat(chunks));
  if (error !== undefined) throw Object.assign(new Error(error.message), error);
  return value;
}
