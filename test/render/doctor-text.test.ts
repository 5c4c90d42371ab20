import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import { compareFindings, isHealthy, someOf } from '../../src/model/finding.ts';
import { renderDoctorText } from '../../src/render/doctor-text.ts';

const PLAIN = { color: false, unicode: true, width: 60 };
const bad: Finding = {
  code: 'bridge-firewall',
  severity: 'error',
  message: 'the firewall drops what guests on bridges send to one another and to the network',
  found: 'policy drop',
  hint: 'sysctl -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0',
};
const doubtful: Finding = { ...bad, code: 'a-warning', severity: 'warning' };

describe('the text of doctor', () => {
  test('one line when all is well', () => {
    expect(renderDoctorText('kvm-a', [], PLAIN)).toBe(
      'Host kvm-a: nothing will fight with Plumbline or break guests\n',
    );
  });

  test('the headline counts, the words are wrapped, and a command stays whole', () => {
    expect(renderDoctorText('kvm-a', [bad, doubtful], PLAIN).split('\n').slice(0, 8)).toEqual([
      'Host kvm-a: 1 thing breaks guests or runs, 1 thing more may',
      '',
      '  x bridge-firewall',
      '    the firewall drops what guests on bridges send to one',
      '    another and to the network',
      '    found: policy drop',
      `    → ${bad.hint}`,
      '',
    ]);
    expect(renderDoctorText(null, [doubtful], PLAIN)).toMatch(
      /^This host: nothing breaks guests now, 1 thing may\n/,
    );
  });

  test('a stranger’s text does not act on the terminal', () => {
    const text = renderDoctorText('kvm-a', [{ ...bad, found: 'an alias \x1b[2J\u202e' }], PLAIN);
    expect(text).toContain('\\x1b[2J\\u{202e}');
  });
});

test('worst first; a warning alone is healthy; long lists are cut', () => {
  expect([doubtful, bad].sort(compareFindings)).toEqual([bad, doubtful]);
  expect([isHealthy([doubtful]), isHealthy([doubtful, bad]), isHealthy([])]).toEqual([true, false, true]);
  expect(someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
});
