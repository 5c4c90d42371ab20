import {
  chmodSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CloneSourceOptions, cloneSource } from '../../../src/controller/source/clone.ts';
import { SourceTrouble } from '../../../src/controller/source/trouble.ts';
import { ProblemsError } from '../../../src/model/problem.ts';
import { scratch } from '../../support/desired-directory.ts';
import { commitMtu, git, repository } from './git-repository.ts';
import { calledFor, mtuOf, watched } from './watched.ts';

/** An interval that no test waits for: fetches are asked for. */
const HOUR = 3600;

function open(url: string, options: Partial<CloneSourceOptions> = {}) {
  return cloneSource({
    url,
    branch: null,
    path: 'desired',
    interval: HOUR,
    allowForce: false,
    directory: join(scratch(), 'clone'),
    cache: null,
    lastGood: () => null,
    ...options,
  });
}

/** A repository to work in, and a bare one that it pushes to. */
function remote(): { work: string; bare: string; push(...words: string[]): void } {
  const work = repository();
  const bare = join(scratch(), 'bare.git');
  git(work, 'clone', '--quiet', '--bare', work, bare);
  git(work, 'remote', 'add', 'origin', bare);
  return { work, bare, push: (...words) => git(work, 'push', '--quiet', 'origin', ...words, 'main') };
}

/** A server of files over HTTP, which is all that git needs for reading. */
async function fileServer(directory: string, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    const path = join(directory, new URL(request.url ?? '/', 'http://x').pathname);
    try {
      response.end(readFileSync(path));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: portOf(server.address()) };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A script in the place of ssh, which runs the other end here. */
function localSsh(): void {
  const path = join(scratch(), 'ssh');
  // The last argument is the command: git-upload-pack '<path>'.
  writeFileSync(path, '#!/bin/sh\nfor last; do :; done\neval exec "$last"\n');
  chmodSync(path, 0o755);
  vi.stubEnv('GIT_SSH', path);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('a clone of a remote', () => {
  it('fetches, and follows what is pushed', async () => {
    const { work, bare, push } = remote();
    const source = open(bare);
    expect(source.description).toBe(`the default branch of ${bare}`);
    await expect(source.candidate()).rejects.toThrow('nothing was fetched yet');
    const watch = await watched(source);
    await source.refresh();
    expect(await mtuOf(source)).toBe(1400);
    const second = commitMtu(work, 1450);
    push();
    const before = watch.calls();
    await source.refresh();
    expect(watch.calls()).toBe(before + 1);
    expect((await source.candidate()).revision).toBe(second);
    expect(await mtuOf(source)).toBe(1450);
    expect(source.state()).toMatchObject({ seen: second, trouble: null, refused: null });
    expect(source.state().fetchedAt).toBeGreaterThan(Date.now() - 60_000);
    expect(Object.keys((await (await source.candidate()).texts()).files)).toEqual(['red.yaml']);
  });

  it('fetches by itself', async () => {
    const { work, bare, push } = remote();
    const source = open(bare, { interval: 1 });
    const watch = await watched(source);
    await source.refresh();
    const second = commitMtu(work, 1450);
    push();
    await calledFor(source, watch, watch.calls(), second);
  });

  it('follows the branch that it is told, or the one of the remote’s HEAD', async () => {
    const { work, bare } = remote();
    git(work, 'switch', '--quiet', '--create', 'team/live');
    const live = commitMtu(work, 1500);
    git(work, 'push', '--quiet', 'origin', 'team/live');
    const directory = join(scratch(), 'clone');
    const told = open(bare, { branch: 'team/live', directory });
    await watched(told);
    await told.refresh();
    expect((await told.candidate()).revision).toBe(live);
    await told.close();
    // Another branch in the same directory: what was fetched of the first is not offered.
    const other = open(bare, { branch: 'main', directory });
    await expect(other.candidate()).rejects.toThrow(SourceTrouble);
    expect(other.state().fetchedAt).toBeNull();
    await watched(other);
    await other.refresh();
    expect(await mtuOf(other)).toBe(1400);
    const missing = open(bare, { branch: 'missing' });
    await watched(missing);
    await missing.refresh();
    expect(missing.state().trouble).toBe(`${bare} has no branch missing: say which by --branch`);
  });

  it('is reached by file, http and ssh', async () => {
    const { bare } = remote();
    git(bare, 'update-server-info');
    const { port } = await fileServer(bare);
    localSsh();
    for (const url of [
      `file://${bare}`,
      `http://127.0.0.1:${port}/`,
      `ssh://git@host${bare}`,
      `git@host:${bare}`,
    ]) {
      const source = open(url);
      await watched(source);
      await source.refresh();
      expect(source.state().trouble).toBeNull();
      expect(await mtuOf(source)).toBe(1400);
    }
  });

  it('leaves what there is while the remote is away, over restarts, and goes on when it is back', async () => {
    const { work, bare, push } = remote();
    const directory = join(scratch(), 'clone');
    const first = open(bare, { directory });
    await watched(first);
    await first.refresh();
    const { fetchedAt } = first.state();
    const away = `${bare}.away`;
    renameSync(bare, away);
    await first.refresh();
    expect(first.state()).toMatchObject({
      fetchedAt,
      trouble: expect.stringContaining(`cannot fetch from ${bare}`),
    });
    expect(await mtuOf(first)).toBe(1400);
    await first.close();

    const second = open(bare, { directory });
    expect(await mtuOf(second)).toBe(1400);
    expect(second.state().fetchedAt).toBe(fetchedAt);
    await watched(second);
    await second.refresh();
    expect(await mtuOf(second)).toBe(1400);
    renameSync(away, bare);
    commitMtu(work, 1450);
    push();
    await second.refresh();
    expect(second.state().trouble).toBeNull();
    expect(await mtuOf(second)).toBe(1450);
  });

  it('gives up a server that says nothing', async () => {
    const server = createTcpServer(() => {});
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${portOf(server.address())}/r.git`;
    const source = open(url, { silence: 1 });
    await watched(source);
    await source.refresh();
    expect(source.state().trouble).toBe(`${url} said nothing for 1 s`);
  });

  it('ends a fetch that is on its way when it is closed', async () => {
    const server = createTcpServer(() => {});
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const source = open(`http://127.0.0.1:${portOf(server.address())}/r.git`);
    const connected = new Promise((done) => server.once('connection', done));
    await source.start(() => {});
    await connected;
    await source.close();
    expect(source.state().trouble).not.toBeNull();
  });
});

describe('a history that was rewritten', () => {
  it('is not followed from the last good commit, until it is allowed', async () => {
    const { work, bare, push } = remote();
    const directory = join(scratch(), 'clone');
    let lastGood: string | null = null;
    const source = open(bare, { directory, lastGood: () => lastGood });
    await watched(source);
    const good = commitMtu(work, 1450);
    push();
    await source.refresh();
    lastGood = (await source.candidate()).revision;
    expect(lastGood).toBe(good);

    const forced = commitMtu(work, 1300, '--amend');
    push('--force');
    await source.refresh();
    expect((await source.candidate()).revision).toBe(good);
    expect(await mtuOf(source)).toBe(1450);
    expect(source.state()).toMatchObject({
      seen: forced,
      refused: { revision: forced, problems: [{ code: 'not-forward', found: forced }] },
    });

    const allowed = open(bare, { directory, lastGood: () => lastGood, allowForce: true });
    await watched(allowed);
    await allowed.refresh();
    expect((await allowed.candidate()).revision).toBe(forced);
    await allowed.close();

    // The lost commit is pushed again, with one more on it.
    git(work, 'reset', '--quiet', '--hard', good);
    const next = commitMtu(work, 1460);
    push('--force');
    await source.refresh();
    expect((await source.candidate()).revision).toBe(next);
    expect(source.state().refused).toBeNull();
  });

  it('may lose what never was good here', async () => {
    const { work, bare, push } = remote();
    const good = git(work, 'rev-parse', 'HEAD');
    const source = open(bare, { lastGood: () => good });
    await watched(source);
    commitMtu(work, 1);
    push();
    await source.refresh();
    const forced = commitMtu(work, 1450, '--amend');
    push('--force');
    await source.refresh();
    expect((await source.candidate()).revision).toBe(forced);
  });

  it('is refused also where the clone was lost', async () => {
    const { work, bare, push } = remote();
    const good = git(work, 'rev-parse', 'HEAD');
    commitMtu(work, 1300, '--amend');
    push('--force');
    git(bare, 'gc', '--quiet', '--prune=now');
    const source = open(bare, { lastGood: () => good });
    await watched(source);
    await source.refresh();
    await expect(source.candidate()).rejects.toThrow('was rewritten');
  });
});

describe('a clone that is damaged', () => {
  const damages: Record<string, (repository: string) => void> = {
    'without its objects': (path) => rmSync(join(path, '.git/objects'), { recursive: true }),
    'without HEAD': (path) => rmSync(join(path, '.git/HEAD')),
    'with a broken ref': (path) => writeFileSync(join(path, '.git/refs/plumbline/head'), 'x'),
    'with a broken config': (path) => writeFileSync(join(path, '.git/config'), '[['),
    'with a folder in its place': (path) => {
      rmSync(path, { recursive: true });
      cpSync(scratch(), path, { recursive: true });
    },
    'with empty objects': (path) => {
      for (const name of readdirSync(join(path, '.git/objects'), { recursive: true, encoding: 'utf8' })) {
        const object = join(path, '.git/objects', name);
        if (!statSync(object).isFile()) continue;
        chmodSync(object, 0o644);
        writeFileSync(object, '');
      }
    },
  };
  it.each(Object.keys(damages))('%s is made anew', async (what) => {
    const { work, bare, push } = remote();
    const directory = join(scratch(), 'clone');
    const first = open(bare, { directory });
    await watched(first);
    await first.refresh();
    await first.close();
    damages[what]?.(first.repository ?? '');
    const source = open(bare, { directory });
    const watch = await watched(source);
    await source.refresh();
    const second = commitMtu(work, 1450);
    push();
    await source.refresh();
    await vi.waitFor(async () => expect(await mtuOf(source)).toBe(1450), { timeout: 20_000 });
    expect((await source.candidate()).revision).toBe(second);
    expect(watch.calls()).toBeGreaterThan(1);
  });

  it('by a lost blob is found when it is read', async () => {
    const { work, bare } = remote();
    const source = open(bare);
    await watched(source);
    await source.refresh();
    const blob = git(work, 'rev-parse', 'HEAD:desired/red.yaml');
    rmSync(join(source.repository ?? '', '.git/objects', blob.slice(0, 2), blob.slice(2)));
    await expect((await source.candidate()).load()).rejects.toThrow(SourceTrouble);
    await source.refresh();
    expect(await mtuOf(source)).toBe(1400);
  });

  it('by the locks of a killed git goes on', async () => {
    const { work, bare, push } = remote();
    const directory = join(scratch(), 'clone');
    const first = open(bare, { directory });
    await watched(first);
    await first.refresh();
    await first.close();
    for (const name of [
      'refs/plumbline/head.lock',
      'packed-refs.lock',
      'config.lock',
      'HEAD.lock',
      'gc.pid',
    ]) {
      writeFileSync(join(first.repository ?? '', '.git', name), '');
    }
    commitMtu(work, 1450);
    push();
    const source = open(bare, { directory });
    await watched(source);
    await source.refresh();
    expect(source.state().trouble).toBeNull();
    expect(await mtuOf(source)).toBe(1450);
  });
});

describe('what a clone is told', () => {
  it('is refused where it leads out of the repository or is no branch', () => {
    for (const path of ['/etc', '../x', 'a/../../b', '.git', 'a/.GIT/b']) {
      expect(() => open('/r', { path })).toThrow(ProblemsError);
    }
    for (const branch of ['-x', 'a b', 'a:b', 'a..b', '', '+x^', 'x.lock', '@{1}', 'a//b', '/a', 'a\nb']) {
      expect(() => open('/r', { branch })).toThrow(ProblemsError);
    }
  });

  it('shows no password anywhere', async () => {
    const { bare } = remote();
    const { port, server } = await fileServer(bare);
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.writeHead(403).end());
    const source = open(`http://someone:s3cret-w0rd@127.0.0.1:${port}/r.git`);
    await watched(source);
    await source.refresh();
    expect(source.state().trouble).toContain('cannot fetch');
    expect(JSON.stringify([source.state(), source.description])).not.toMatch(/s3cret|someone/);
  });
});
