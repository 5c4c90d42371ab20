import { describe, expect, it } from 'vitest';
import { untilNextFetch } from '../../../src/controller/source/schedule.ts';
import { repositoryUrl } from '../../../src/controller/source/url.ts';
import { ProblemsError } from '../../../src/model/problem.ts';

describe('the URL of a repository', () => {
  it.each([
    ['https://git.example/fleet.git', 'https', 'https://git.example/fleet.git'],
    ['https://bot:t0ken@git.example/fleet.git?key=abc#x', 'https', 'https://git.example/fleet.git'],
    ['https://t0ken@git.example/fleet.git', 'https', 'https://git.example/fleet.git'],
    ['ssh://git@git.example:2222/fleet.git', 'ssh', 'ssh://git@git.example:2222/fleet.git'],
    ['git@git.example:team/fleet.git', 'ssh', 'git@git.example:team/fleet.git'],
    ['git@[2001:db8::1]:fleet.git', 'ssh', 'git@[2001:db8::1]:fleet.git'],
    ['file:///srv/fleet.git', 'file', 'file:///srv/fleet.git'],
    ['/srv/fleet.git', 'file', '/srv/fleet.git'],
    ['../fleet', 'file', '/a/fleet'],
    ['./with:colon', 'file', '/a/b/with:colon'],
    ['http://localhost:8080/fleet.git', 'http', 'http://localhost:8080/fleet.git'],
  ])('%s is reached by %s and shown as %s', (text, protocol, shown) => {
    expect(repositoryUrl(text, '/a/b')).toMatchObject({ protocol, shown });
  });

  it.each([
    '',
    '-x',
    '--upload-pack=touch /tmp/x',
    'ext::sh -c id',
    'ext::id',
    'fd::3',
    'transport::https://x',
    'ssh://-oProxyCommand=id/x',
    'ssh://%2doProxyCommand=id@host/x',
    'ssh://host/-x',
    '-oProxyCommand=id:x',
    'git@-oProxyCommand=id:x',
    'host:-x',
    'git://host/x',
    'http://git.example/x',
    'ftp://host/x',
    'https://',
    'https://host/a b',
    'https://host/a\nb',
  ])('%j is refused', (text) => {
    expect(() => repositoryUrl(text, '/a/b')).toThrow(ProblemsError);
  });

  it('keeps what is secret out of errors and words', () => {
    const url = 'https://bot:s%20cret@git.example/fleet.git?token=abcdef';
    const { redact } = repositoryUrl(url, '/');
    const words = `fatal: unable to access '${url}/': s cret, s%20cret, token=abcdef, https://x:y@other/`;
    expect(redact(words)).not.toMatch(/cret|abcdef|bot|y@/);
    try {
      repositoryUrl('ftp://bot:secret@host/x?token=abcdef', '/');
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      expect(JSON.stringify(error.problems)).not.toMatch(/secret|abcdef/);
    }
  });
});

describe('the time until the next fetch', () => {
  it('grows with each failure, within bounds, and differs from host to host', () => {
    expect(untilNextFetch(30_000, 0, 0.5)).toBe(30_000);
    expect(untilNextFetch(30_000, 0, 0)).toBe(27_000);
    expect(untilNextFetch(30_000, 3, 0.5)).toBe(240_000);
    expect(untilNextFetch(30_000, 1000, 0.999)).toBeLessThanOrEqual(660_000);
    expect(untilNextFetch(3_600_000, 5, 0.5)).toBe(3_600_000);
  });
});
