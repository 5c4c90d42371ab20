import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KNOWN_OPTIONS } from '../../src/check/addressing/dhcp-option-names.ts';
import { scratch } from '../support/desired-directory.ts';
import { describeNeeding } from '../support/requires.ts';

/** Whether dnsmasq would start with these lines. */
function isAccepted(lines: readonly string[]): boolean {
  const file = join(scratch(), 'dnsmasq.conf');
  writeFileSync(file, `port=0\n${lines.join('\n')}\n`);
  try {
    execFileSync('dnsmasq', ['--test', `--conf-file=${file}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describeNeeding(['dnsmasq'], 'the DHCP options that check knows', () => {
  it.each([
    [4, 'option', '192.0.2.1'],
    [6, 'option6', '[2001:db8::1]'],
  ] as const)('are known to dnsmasq for IPv%i', (family, word, address) => {
    const line = (name: string, value: string) => `dhcp-option=${word}:${name},${value}`;
    expect(isAccepted(KNOWN_OPTIONS[family].map(({ name }) => line(name, address)))).toBe(true);
    expect(isAccepted([line('no-such-option', address)])).toBe(false);
    const others = KNOWN_OPTIONS[family].filter(({ takesAddresses }) => !takesAddresses);
    expect(isAccepted(others.map(({ name }) => line(name, 'text')))).toBe(true);
    for (const { name, number, takesAddresses } of KNOWN_OPTIONS[family]) {
      if (!takesAddresses) continue;
      expect(isAccepted([line(name, 'text')]), name).toBe(false);
      if (family === 4 && number < 255) expect(isAccepted([`dhcp-option=${number},text`]), name).toBe(false);
    }
  });
});
