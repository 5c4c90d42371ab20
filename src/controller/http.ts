import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { messageOf } from '../tools/result.ts';
import { isLocalHost, type ListenAddress } from './listen-address.ts';
import type { Status } from './words.ts';

export interface HttpParts {
  listen: ListenAddress;
  /** Why the loop is stuck; null while it is not. */
  stuck(): string | null;
  /** Whether the first run has converged or its documents were rejected. */
  ready(): boolean;
  status(): Promise<Status>;
  metrics: { contentType: string; text(): Promise<string> };
  onTrouble(what: string): void;
}

export interface HttpServer {
  /** As bound, for port 0 is any. */
  port: number;
  close(): Promise<void>;
}

interface Reply {
  code: number;
  type: string;
  body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const CONNECTIONS_MAX = 64;
/** Milliseconds. A scrape is one small request. */
const TIMEOUTS = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 };

/**
 * Tells of the controller to programs on this machine, and takes no orders. A page in a browser of this machine cannot
 * read it either: without a Host header that names this machine nothing is answered (DNS rebinding), and nothing allows
 * another origin.
 */
export async function serveHttp(parts: HttpParts): Promise<HttpServer> {
  const server = createServer({ ...TIMEOUTS, maxHeaderSize: 8192 }, (request, response) => {
    reply(request, parts)
      .catch((error: unknown): Reply => {
        parts.onTrouble(`${request.url} could not be answered: ${messageOf(error)}`);
        return { code: 500, type: TEXT, body: 'it could not be read; the log says why\n' };
      })
      .then((answer) => send(request, response, answer));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.listen.port, parts.listen.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : parts.listen.port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function reply(request: IncomingMessage, parts: HttpParts): Promise<Reply> {
  if (!isLocalHost(request.headers.host)) {
    return { code: 403, type: TEXT, body: 'ask for 127.0.0.1, [::1] or localhost\n' };
  }
  const route = ROUTES.get(request.url?.split('?', 1)[0] ?? '');
  if (route === undefined) {
    return { code: 404, type: TEXT, body: `there is ${[...ROUTES.keys()].join(', ')}\n` };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { code: 405, type: TEXT, body: 'read only: GET or HEAD\n' };
  }
  return route(parts);
}

const ROUTES: ReadonlyMap<string, (parts: HttpParts) => Promise<Reply>> = new Map([
  ['/healthz', healthz],
  ['/readyz', readyz],
  ['/metrics', metrics],
  ['/api/v1/status', status],
]);

async function healthz({ stuck }: HttpParts): Promise<Reply> {
  const why = stuck();
  return why === null
    ? { code: 200, type: TEXT, body: 'ok\n' }
    : { code: 503, type: TEXT, body: `stuck: ${why}\n` };
}

async function readyz({ ready }: HttpParts): Promise<Reply> {
  return ready()
    ? { code: 200, type: TEXT, body: 'ready\n' }
    : { code: 503, type: TEXT, body: 'starting: no run has ended yet\n' };
}

async function metrics({ metrics: source }: HttpParts): Promise<Reply> {
  return { code: 200, type: source.contentType, body: await source.text() };
}

async function status(parts: HttpParts): Promise<Reply> {
  return { code: 200, type: JSON_TYPE, body: `${JSON.stringify(await parts.status(), null, 2)}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { code, type, body }: Reply): void {
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(code === 405 ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
