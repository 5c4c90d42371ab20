import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { findHost, givenHere } from '../../src/desired/host.ts';
import { ProblemsError } from '../../src/model/problem.ts';
import { makeFleet } from '../support/fleet.ts';

const fleet = makeFleet({
  hosts: {
    'kvm-a': { hostname: 'a.example' },
    'kvm-b': {},
    'kvm-c': { hostname: 'KVM-C.example' },
    'd.x': {},
    d: { hostname: 'd.x' },
  },
});

function refusal(hostname: string): string {
  try {
    findHost(fleet, { hostname });
  } catch (error) {
    if (error instanceof ProblemsError)
      return error.problems.map(({ code, expected }) => `${code}: ${expected}`).join();
  }
  return 'none';
}

describe('which host this is', () => {
  it.each([
    [{ option: 'kvm-b', environment: 'kvm-a', hostname: 'a.example' }, 'kvm-b', '--host kvm-b'],
    [{ environment: 'kvm-b', hostname: 'a.example' }, 'kvm-b', 'PLUMBLINE_HOST kvm-b'],
    [{ hostname: 'a.example' }, 'kvm-a', 'hostname a.example'],
    [{ hostname: 'A.Example' }, 'kvm-a', 'hostname A.Example'],
    [{ hostname: 'kvm-a' }, 'kvm-a', 'hostname kvm-a'],
    [{ hostname: 'kvm-b.example' }, 'kvm-b', 'short name kvm-b of hostname kvm-b.example'],
    [{ hostname: 'a' }, 'kvm-a', 'short name a of hostname a'],
    [{ option: '', environment: '', hostname: 'kvm-c.example' }, 'kvm-c', 'hostname kvm-c.example'],
  ])('%o is %s', (given, host, how) => {
    expect(findHost(fleet, given)).toEqual({ host, how });
  });

  it('is not guessed from a hostname in another domain', () => {
    expect(refusal('a.elsewhere')).toMatch(/^unknown-host: one of d, d.x, kvm-a, kvm-b, kvm-c$/);
  });

  it('is refused for a name that fits two', () => {
    expect(refusal('d.x')).toBe('ambiguous-host: one host');
  });

  it('is looked for by --host, the environment and the machine, as far as each says something', () => {
    const environment = { PLUMBLINE_HOST: 'kvm-a' };
    expect(givenHere('kvm-b', environment)).toEqual({
      option: 'kvm-b',
      environment: 'kvm-a',
      hostname: hostname(),
    });
    expect(givenHere(null, { PLUMBLINE_HOST: '' })).toEqual({ hostname: hostname() });
  });
});
