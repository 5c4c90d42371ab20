/** Where HTTP is served: never anywhere but on this machine. */
export interface ListenAddress {
  host: '127.0.0.1' | '::1';
  port: number;
}

const FORM = /^(?:(?<host>127\.0\.0\.1|localhost|\[::1\]):)?(?<port>\d{1,5})$/;

/** `9177`, `127.0.0.1:9177` or `[::1]:9177`; null for any other place. */
export function parseListen(text: string): ListenAddress | null {
  const { host, port } = FORM.exec(text)?.groups ?? {};
  const number = Number(port);
  if (port === undefined || number > 65_535) return null;
  return { host: host === '[::1]' ? '::1' : '127.0.0.1', port: number };
}

/** Whether a request was meant for this machine: a name of somebody's that was made to point here is not. */
export function isLocalHost(header: string | undefined): boolean {
  return header !== undefined && /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i.test(header);
}
