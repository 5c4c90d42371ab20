import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { guests } from '../../run/fleet-files.ts';
import { bundleOf } from '../../support/in-namespace.ts';
import { describeNeeding } from '../../support/requires.ts';
import type { GitServerOptions } from './git-server.ts';
import { type WatchedHost, watchedHost } from './watched-host.ts';

const s = { type: 'bridge', bridge: 'br-s', manage: true } as const;
const PORT = 8443;
const TOKEN = 'a-very-secret-token';

/** A certificate of its own for 127.0.0.1, and a server with it in the host's namespace. */
async function gitServer(host: WatchedHost) {
  const root = join(host.directory, 'served');
  const bare = join(root, 'fleet.git');
  mkdirSync(bare, { recursive: true });
  host.git('init', '--quiet', '--bare', '--initial-branch=main', bare);
  host.git('remote', 'add', 'origin', bare);
  const key = join(host.directory, 'key.pem');
  const cert = join(host.directory, 'cert.pem');
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', [...made, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const options: GitServerOptions = { root, key, cert, port: PORT, credentials: `reader:${TOKEN}` };
  const bundle = await bundleOf('test/controller/watch/git-server.ts');
  const server = host.ns.start(process.execPath, bundle);
  server.stdin?.end(serialize({ name: 'serveGit', args: [options] }));
  if (server.stdout === null) throw new Error('the server has no output');
  await once(server.stdout, 'data');
  return {
    cert,
    push(count: number): string {
      const commit = host.commit({ host: { networks: { s } }, guests: guests('g', count, 's') });
      host.git('push', '--quiet', 'origin', 'main');
      return commit;
    },
  };
}

/** What an HTTP client in the host's namespace gets. */
function fetched(host: WatchedHost, path: string): string {
  const program = `fetch('http://127.0.0.1:9177${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
  return host.ns.exec(process.execPath, '-e', program);
}

describeNeeding(['root', 'openssl'], 'a remote repository over https', () => {
  test('is followed with a token that is told nobody, and all of it shows over HTTP and in the history', async () => {
    const host = await watchedHost();
    const server = await gitServer(host);
    const first = server.push(1);
    host.env.GIT_SSL_CAINFO = server.cert;
    const url = `https://reader:${TOKEN}@127.0.0.1:${PORT}/fleet.git`;
    const flags = ['--repo', url, '--path', 'desired', '--interval', '1', '--listen', '9177'];
    const watching = await host.watchThrough([], ...flags);
    await watching.reaches(first);
    const second = server.push(2);
    const { source } = await watching.reaches(second);
    expect(source).toMatchObject({ seen: second, trouble: null });

    expect(fetched(host, '/healthz')).toBe('ok\n');
    expect(fetched(host, '/readyz')).toBe('ready\n');
    const status = fetched(host, '/api/v1/status');
    expect(JSON.parse(status)).toMatchObject({ version: 1, applied: second, inSync: true, healthy: true });
    const metrics = fetched(host, '/metrics');
    expect(metrics).toContain(`plumbline_revision_info{applied="${second}",seen="${second}"} 1`);
    expect(metrics).toMatch(/^plumbline_guest_\w+\{[^}]*guest="g1"/m);
    const { stdout } = await host.ask('history', '-o', 'json');
    const { runs }: { runs: { revision: string; triggers: string[] }[] } = JSON.parse(stdout);
    expect(runs.map(({ revision }) => revision)).toEqual([first, second]);
    for (const words of [watching.log(), status, metrics, stdout]) expect(words).not.toContain(TOKEN);
  });

  test('whose certificate nobody vouches for, or that wants another token, is not', async () => {
    const host = await watchedHost();
    const server = await gitServer(host);
    server.push(1);
    const url = (token: string) => `https://reader:${token}@127.0.0.1:${PORT}/fleet.git`;
    const strange = await host.watchThrough([], '--repo', url(TOKEN), '--path', 'desired');
    const untrusted = await strange.shows(
      'it says why',
      ({ source }) => source?.trouble?.includes('certificate') ?? false,
    );
    expect(untrusted).toMatchObject({ applied: null, healthy: false });
    expect(JSON.stringify(untrusted)).not.toContain(TOKEN);
    expect(await strange.end()).toBe(0);

    host.env.GIT_SSL_CAINFO = server.cert;
    const wrong = await host.watchThrough([], '--repo', url('no-such-token'), '--path', 'desired');
    const refused = await wrong.shows('it says why', ({ source }) => /uthenti/.test(source?.trouble ?? ''));
    expect(refused.applied).toBe(null);
    expect(JSON.stringify(refused) + wrong.log()).not.toContain('no-such-token');
  });
});
