import { resolve } from 'node:path';
import { ProblemsError } from '../../model/problem.ts';

/** Where a clone is fetched from. */
export interface RepositoryUrl {
  /** What git is told. */
  url: string;
  /** The same without passwords and tokens, for people, logs and status. */
  shown: string;
  /** The one way of git's by which it may be reached. */
  protocol: 'https' | 'http' | 'ssh' | 'file';
  /** Takes what is secret out of a tool's words. */
  redact(text: string): string;
}

/** `user@host:path` as git-fetch(1) has it, GIT URLS; no slash stands before the colon. */
const SCP = /^(?:([^@:/[\]]+)@)?(\[[0-9a-fA-F:.]+\]|[^:/@[\]]+):(.+)$/;
const EXPECTED = 'an https, ssh or file URL, user@host:path, or a directory';

/**
 * Reads the URL of a repository. `cwd` is what a relative directory is relative to. Throws ProblemsError for what git
 * would run as a program (`ext::`, a dash in front), and for what is not protected on its way.
 */
export function repositoryUrl(text: string, cwd: string): RepositoryUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: just those are not to be in it
  if (text === '' || /[\u0000-\u0020\u007f]/.test(text)) throw bad('it is empty or has spaces in it', text);
  if (text.startsWith('-')) throw bad('it begins with a dash, as an option does', text);
  // gitremote-helpers(7): `<transport>::<address>` runs git-remote-<transport>, of which `ext` runs any program.
  if (/^[^/:]*::/.test(text)) throw bad('it names a program for git to run', text);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return withScheme(text);
  const scp = SCP.exec(text);
  if (scp !== null && !text.startsWith('.')) {
    const [, user = '', host = '', path = ''] = scp;
    if ([user, host, path].some((part) => part.startsWith('-'))) throw bad('a part of it is an option', text);
    return { url: text, shown: text, protocol: 'ssh', redact: (words) => words };
  }
  const url = resolve(cwd, text);
  return { url, shown: url, protocol: 'file', redact: (words) => words };
}

function withScheme(text: string): RepositoryUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw bad('it is no URL', text);
  }
  const protocol = url.protocol.slice(0, -1);
  if (protocol === 'http' && !isLoopback(url.hostname))
    throw bad('anybody on the way could change it', text, 'https');
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh' && protocol !== 'file') {
    throw bad(`${protocol} is not to be trusted or not known`, text);
  }
  const parts = [url.username, url.hostname, url.pathname.slice(1)].map(decoded);
  if (parts.some((part) => part.startsWith('-'))) throw bad('a part of it is an option', text);
  const shown = new URL(text);
  shown.password = '';
  // A token often stands in the user's place; the user of ssh is no secret.
  if (protocol !== 'ssh') shown.username = '';
  shown.search = '';
  shown.hash = '';
  const user = protocol === 'ssh' ? '' : url.username;
  const secrets = [url.password, user, url.search.slice(1), url.hash.slice(1)].filter(Boolean);
  return { url: text, shown: shown.href, protocol, redact: redactor(text, shown.href, secrets) };
}

function redactor(url: string, shown: string, secrets: readonly string[]): (text: string) => string {
  const written = secrets.flatMap((secret) => [secret, decoded(secret)]).filter(({ length }) => length > 2);
  return (text) => {
    let clean = text.replaceAll(url, shown).replaceAll(/:\/\/[^/\s@'"]+@/g, '://');
    for (const secret of written) clean = clean.replaceAll(secret, '***');
    return clean;
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bad(why: string, text: string, instead = EXPECTED): ProblemsError {
  const found = text.replaceAll(/\/\/[^/@]*@/g, '//').replace(/[?#].*$/, '');
  const message = `this is no URL of a repository: ${why}`;
  return new ProblemsError([
    { code: 'bad-repository-url', severity: 'error', message, source: null, found, expected: instead },
  ]);
}
