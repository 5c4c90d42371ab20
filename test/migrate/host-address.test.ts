import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostAddress, sshWords } from '../../src/migrate/host-address.ts';

describe('where a host is asked', () => {
  test.each([
    ['unix:///run/plumbline/control-1', { is: 'unix', path: '/run/plumbline/control-1' }],
    ['ssh://kvm-a.example', { is: 'ssh', user: null, host: 'kvm-a.example', port: null }],
    ['ssh://root@kvm-a:2222', { is: 'ssh', user: 'root', host: 'kvm-a', port: 2222 }],
    ['ssh://ops@[2001:db8::1]:22', { is: 'ssh', user: 'ops', host: '2001:db8::1', port: 22 }],
  ])('%s', (text, address) => {
    expect(hostAddress(text)).toEqual(address);
  });

  test.each([
    'ssh://-oProxyCommand=x',
    'ssh://a@-h',
    'ssh://a b',
    'ssh://h:0',
    'ssh://h:70000',
    'ssh://h/x',
    'https://h',
    'unix://x',
    '',
  ])('is not taken of %j', (text) => {
    expect(hostAddress(text)).toBe(null);
  });

  test('no part of it is ever an option of ssh', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webAuthority().map((text) => `ssh://${text}`),
        ),
        (text) => {
          const address = hostAddress(text);
          if (address === null || address.is === 'unix') return;
          const words = sshWords(address, ['status']);
          const host = words.indexOf('--') + 1;
          expect(words.slice(host)).toEqual([address.host, 'plumbline', 'status']);
          for (const word of [address.host, address.user ?? 'u']) expect(word).toMatch(/^[A-Za-z0-9_:]/);
        },
      ),
    );
  });
});
