import { connect } from 'node:net';
import { errorCode, messageOf } from '../../tools/result.ts';

/** Whether a port takes connections; null when it does, else why not in a few words. The name's look-up counts too. */
export function probeTcp(endpoint: string, timeoutMs: number): Promise<string | null> {
  const { host, port } = splitEndpoint(endpoint);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (message: string | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(message);
    };
    const timer = setTimeout(() => end(`no connection within ${timeoutMs / 1000} s`), timeoutMs);
    socket.once('connect', () => end(null));
    socket.on('error', (error) => end(errorCode(error) ?? messageOf(error)));
  });
}

/** `192.0.2.1:443`, `git.example:22` or `[2001:db8::1]:443`; the schema has checked the form. */
export function splitEndpoint(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(endpoint.slice(colon + 1)) };
}
