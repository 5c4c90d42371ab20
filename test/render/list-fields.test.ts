import { describe, expect, test } from 'vitest';
import { describeFields } from '../../src/render/plan-fields.ts';

const reservation = (name: string, address = '10.20.0.10') => `52:54:00:00:00:01,id:*,${address},${name}`;
const host = (name: string, address = '10.20.0.10') => `${address} ${name}.lab.example ${name}`;

function words(field: string, before: string[], after: string[]): string[] {
  return describeFields([{ field, before, after }]);
}

describe('what a dnsmasq is told', () => {
  test('by the names of guests, some of them', () => {
    const names = ['web1', 'web2', 'db1'];
    expect(
      words(
        'reservations',
        [],
        names.map((name) => reservation(name)),
      ),
    ).toEqual(['3 reservations more: web1, web2, db1']);
    const many = Array.from({ length: 1000 }, (_, i) => reservation(`g${i}`));
    expect(words('reservations', many, [])).toEqual([
      '1000 reservations fewer: g0, g1, g2, g3, g4 and 995 more',
    ]);
  });

  test('another address is a change of one, not one fewer and one more', () => {
    expect(
      words('reservations', [reservation('web1')], [reservation('web1', '10.20.0.11'), reservation('db1')]),
    ).toEqual(['1 reservation more: db1', '1 reservation changed: web1']);
  });

  test('a guest without a name that dnsmasq takes is its address', () => {
    expect(words('reservations', [], ['52:54:00:00:00:01,id:*,10.20.0.10'])).toEqual([
      '1 reservation more: 10.20.0.10',
    ]);
    expect(words('reservations', [], ['52:54:00:00:00:01,id:*,[fd00::1]'])).toEqual([
      '1 reservation more: [fd00::1]',
    ]);
  });

  test('a guest’s name goes with its reservation; records stand for themselves', () => {
    const fields = [
      { field: 'hosts', before: [], after: [host('web1'), host('web1', 'fd00::10'), host('files')] },
      { field: 'reservations', before: [], after: [reservation('web1')] },
    ];
    expect(describeFields(fields)).toEqual(['1 reservation more: web1', '1 name more: files']);
  });

  test('a process that died, and one of which nobody knows what it was told', () => {
    expect(describeFields([{ field: 'running', before: false, after: true }])).toEqual([
      'process dead → running',
    ]);
    expect(words('reservations', ['# not known'], [reservation('web1')])).toEqual([
      'reservations to be told again',
    ]);
  });
});

test('rules and configuration are counted, and some are shown in full', () => {
  expect(words('rules', ['answers to guests'], ['published ports'])).toEqual([
    'rules -1 +1: - answers to guests, + published ports',
  ]);
  expect(words('rules', [], ['a', 'b', 'c', 'd', 'e'])).toEqual(['rules +5: + a, + b, + c, and 2 more']);
  expect(words('config', ['dhcp-range=a'], [])).toEqual(['configuration -1: - dhcp-range=a']);
  expect(words('order', ['a', 'b'], ['b', 'a'])).toEqual(['rules are to be in another order']);
});

test('a setting is its value, for its name stands before it', () => {
  expect(describeFields([{ field: 'value', before: '0', after: '1' }])).toEqual(['0 → 1']);
});
