import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fateOf } from '../../src/libvirt-import/census.ts';
import { readXml, type XmlElement } from '../../src/tools/xml.ts';

/** Where Debian's libvirt0 and libvirt-daemon put the schemas of the formats. */
const SCHEMAS = '/usr/share/libvirt/schemas';
const DNSMASQ = 'http://libvirt.org/schemas/network/dnsmasq/1.0';

/** Definitions by name, from some files of one grammar. */
function definitions(...files: string[]): Map<string, XmlElement> {
  const found = new Map<string, XmlElement>();
  for (const file of files) {
    const root = readXml(readFileSync(`${SCHEMAS}/${file}`, 'utf8'));
    for (const one of root.children) {
      if (one.name === 'define') found.set(one.attributes.get('name')?.value ?? '', one);
    }
  }
  return found;
}

/** All paths of elements and attributes that a definition allows. */
function pathsOf(grammar: Map<string, XmlElement>, start: string): Set<string> {
  const paths = new Set<string>();
  const visit = (node: XmlElement, path: string, within: readonly string[]): void => {
    const name = node.attributes.get('name')?.value;
    switch (node.name) {
      case 'element': {
        const isDnsmasq = node.attributes.get('ns')?.value === DNSMASQ || path.includes('dnsmasq:');
        const step = `${isDnsmasq ? 'dnsmasq:' : ''}${name ?? '*'}`;
        const inner = path === '' ? step : `${path}/${step}`;
        paths.add(inner);
        for (const child of node.children) visit(child, inner, within);
        return;
      }
      case 'attribute':
        paths.add(`${path}/@${name ?? '*'}`);
        return;
      case 'ref': {
        const target = grammar.get(name ?? '');
        // What refers to itself says nothing new the second time.
        if (target === undefined || within.includes(name ?? '')) return;
        for (const child of target.children) visit(child, path, [...within, name ?? '']);
        return;
      }
      default:
        for (const child of node.children) visit(child, path, within);
    }
  };
  const root = grammar.get(start);
  for (const child of root?.children ?? []) visit(child, '', [start]);
  return paths;
}

const isThere = existsSync(`${SCHEMAS}/network.rng`) && existsSync(`${SCHEMAS}/domaincommon.rng`);

describe.skipIf(!isThere)("libvirt's schemas [needs libvirt-daemon or libvirt0's schemas]", () => {
  it.each([
    ['network', ['basictypes.rng', 'networkcommon.rng', 'network.rng'], 90],
    ['interface', ['basictypes.rng', 'networkcommon.rng', 'domaincommon.rng'], 120],
  ] as const)('have no name below %s that the importer does not know', (start, files, least) => {
    const grammar = definitions(...files);
    const paths = [...pathsOf(grammar, start)];
    expect(paths.length).toBeGreaterThan(least);
    expect(paths.filter((path) => fateOf(path) === undefined && !isOfOthers(path))).toEqual([]);
  });
});

/** Sources of interfaces of types that are not carried: the type itself is told. */
function isOfOthers(path: string): boolean {
  return /^interface\/source\/(@(name|address|port|type|path|missing|switchid|portgroupid|connectionid)|local|address|vendor|product|reconnect|dev)/.test(
    path,
  );
}

/** Names that came after the schemas that are tested here, by libvirt's documentation of its format. */
it('later names are known as well', () => {
  for (const path of [
    'network/title',
    'network/description',
    'network/metadata',
    'network/domain/@register',
    'network/dns/forwarder/@port',
    'network/forward/driver/model',
  ])
    expect(fateOf(path), path).toBeDefined();
});
