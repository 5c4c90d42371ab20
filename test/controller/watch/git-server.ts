import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';

export interface GitServerOptions {
  /** Has the repositories, bare. */
  root: string;
  key: string;
  cert: string;
  port: number;
  /** `user:token` that each request must bring. */
  credentials: string;
}

/**
 * Serves repositories over https as git's own servers do, by git-http-backend(1). To be run in a namespace, in a process
 * of its own, which it never lets end. Prints a line when it listens.
 */
export async function serveGit(options: GitServerOptions): Promise<void> {
  const { key, cert, port } = options;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    if (isAllowed(request, options)) answer(request, response, options);
    else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
  });
  server.listen(port, '127.0.0.1', () => console.log('it listens'));
  await new Promise(() => {});
}

function isAllowed({ headers }: IncomingMessage, { credentials }: GitServerOptions): boolean {
  return headers.authorization === `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** As RFC 3875 has it: what is asked in the environment, headers and a blank line before what is answered. */
function answer(request: IncomingMessage, response: ServerResponse, { root }: GitServerOptions): void {
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const env = {
    ...process.env,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
  };
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.once('close', () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of whole.toString('latin1', 0, end).split('\r\n')) {
      const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? [];
      if (name === 'Status') status = Number.parseInt(value, 10);
      else if (name !== '') response.setHeader(name, value);
    }
    response.writeHead(status).end(whole.subarray(end + 4));
  });
}
