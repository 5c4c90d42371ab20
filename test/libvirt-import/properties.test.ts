import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fateOf } from '../../src/libvirt-import/census.ts';
import { parseFile } from '../../src/libvirt-import/parsed-file.ts';
import { readXml, type XmlAttribute, type XmlElement } from '../../src/tools/xml.ts';
import { allText, corpus, fleetOf, imported } from './imported.ts';

const RUNS = 60;

/** Attributes, each left out sometimes. */
function attributes(values: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<string> {
  const parts = Object.entries(values).map(([name, value]) =>
    fc.option(
      value.map((one) => ` ${name}='${one}'`),
      { nil: '' },
    ),
  );
  return fc.tuple(...parts).map((all) => all.join(''));
}

const few = (n: number) => fc.integer({ min: 0, max: n });
const link = fc.constantFrom(
  'br0',
  'br1',
  'eth0',
  'eth1',
  'virbr0',
  'lo',
  'a-name-that-is-long',
  '..',
  'if7',
);
const name = fc.constantFrom(
  'red',
  'Red',
  'red ',
  'r_d',
  'blue',
  'x'.repeat(80),
  'ö',
  'br0',
  'eth0',
  '-',
  'red-1',
);
const mac = few(5).map((n) => `52:54:00:00:00:0${n}`);
const vlan = fc
  .tuple(
    attributes({ trunk: fc.constant('yes') }),
    fc.array(
      few(4).map((n) => n * 100),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([trunk, tags]) => `<vlan${trunk}>${tags.map((tag) => `<tag id='${tag}'/>`).join('')}</vlan>`);
const port = attributes({ isolated: fc.constantFrom('yes', 'no') }).map((one) => `<port${one}/>`);
const virtualPort = fc.constantFrom('openvswitch', '802.1Qbh').map((type) => `<virtualport type='${type}'/>`);
const some = <T>(one: fc.Arbitrary<T>) => fc.option(one.map(String), { nil: '' });

const host = fc
  .tuple(attributes({ mac, name, id: fc.constant('0:4:7f') }), few(255))
  .map(([attrs, n]) => `<host${attrs} ip='10.0.0.${n}'/>`);
const range = fc
  .tuple(few(255), few(255), some(few(4).map((n) => `<lease expiry='${n * 100}'/>`)))
  .map(
    ([a, b, lease]) =>
      `<range start='10.0.0.${Math.min(a, b)}' end='10.0.0.${Math.max(a, b)}'>${lease}</range>`,
  );
const ip = fc
  .tuple(few(3), fc.array(range, { maxLength: 3 }), fc.array(host, { maxLength: 4 }), few(1))
  .map(([n, ranges, hosts, served]) =>
    served === 1
      ? `<ip address='10.0.0.${n}' prefix='24'><dhcp>${ranges.join('')}${hosts.join('')}</dhcp></ip>`
      : `<ip family='ipv6' address='fd00:${n}::1' prefix='${n === 3 ? 80 : 64}'/>`,
  );
const forward = fc
  .tuple(
    attributes({
      mode: fc.constantFrom('nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'),
    }),
    fc.array(link, { maxLength: 2 }),
    some(fc.constantFrom("<nat ipv6='yes'/>", "<nat><address start='192.0.2.1' end='192.0.2.9'/></nat>")),
  )
  .map(
    ([mode, devices, nat]) =>
      `<forward${mode}>${devices.map((one) => `<interface dev='${one}'/>`).join('')}${nat}</forward>`,
  );
const dns = fc
  .tuple(attributes({ enable: fc.constantFrom('yes', 'no') }), fc.array(name, { maxLength: 2 }))
  .map(
    ([enable, names]) =>
      `<dns${enable}>${names.map((one) => `<host ip='10.0.0.9'><hostname>${one}</hostname></host>`).join('')}</dns>`,
  );
const portGroup = fc
  .tuple(name, attributes({ default: fc.constantFrom('yes', 'no') }), some(vlan))
  .map(([one, isDefault, tags]) => `<portgroup name='${one}'${isDefault}>${tags}</portgroup>`);
const route = few(9).map((n) => `<route address='10.${n}.0.0' prefix='16' gateway='10.0.0.${n}'/>`);

const network = fc
  .tuple(
    name,
    some(forward),
    some(
      attributes({ name: link, stp: fc.constantFrom('on', 'off'), delay: few(40).map(String) }).map(
        (a) => `<bridge${a}/>`,
      ),
    ),
    some(fc.constantFrom("<mtu size='9000'/>", "<mtu size='60'/>")),
    fc.array(ip, { maxLength: 2 }).map((all) => all.join('')),
    some(dns),
    some(name.map((one) => `<domain name='${one}' localOnly='yes'/>`)),
    fc
      .array(fc.oneof(portGroup, vlan, port, virtualPort, route), { maxLength: 2 })
      .map((all) => all.join('')),
  )
  .map(([one, ...parts]) => `<network><name>${one}</name>${parts.join('')}</network>`);

const iface = fc
  .tuple(
    fc.oneof(
      name.map((one) => [`network`, `<source network='${one}' portgroup='red'/>`] as const),
      link.map((one) => ['bridge', `<source bridge='${one}'/>`] as const),
      fc
        .tuple(link, fc.constantFrom('vepa', 'bridge', 'private', 'passthrough'))
        .map(([one, mode]) => ['direct', `<source dev='${one}' mode='${mode}'/>`] as const),
      fc.constantFrom(['user', ''] as const, ['ethernet', "<target dev='tap1'/>"] as const),
    ),
    some(mac.map((one) => `<mac address='${one}'/>`)),
    some(link.map((one) => `<target dev='${one}'/>`)),
    some(fc.oneof(vlan, port, virtualPort)),
  )
  .map(([[type, source], ...rest]) => `<interface type='${type}'>${source}${rest.join('')}</interface>`);
const domain = fc
  .tuple(name, fc.array(iface, { maxLength: 3 }))
  .map(([one, all]) => `<domain><name>${one}</name><devices>${all.join('')}</devices></domain>`);

const files = fc
  .array(fc.oneof(network, domain), { minLength: 1, maxLength: 6 })
  .map((all) => Object.fromEntries(all.map((text, index) => [`${index}.xml`, text])));

describe('whatever a libvirt has', () => {
  it('what comes of it passes check, and comes again from the same', async () => {
    await fc.assert(
      fc.asyncProperty(files, files, async (first, second) => {
        const one = await imported(first);
        const errors = async (texts: Record<string, string>) =>
          Object.keys(texts).length === 0
            ? []
            : (await fleetOf(texts)).problems.filter((each) => each.severity === 'error');
        expect(await errors(one.texts)).toEqual([]);
        expect(allText(await imported(first))).toBe(allText(one));
        // Each file is carried, or refused once and for all.
        const refused = one.notes.filter((note) => note.refused).map(({ file }) => file);
        expect(new Set(refused).size).toBe(refused.length);
        const both = await imported(second, one.texts, 'kvm-b');
        expect(await errors(both.texts)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('no bytes make it fail', () => {
    const words = fc.constantFrom(
      '<network>',
      '</network>',
      '<name>x</name>',
      '<ip',
      " address='",
      "'",
      '/>',
      '<![CDATA[',
      '&#0;',
      '&lt;',
      '<!--',
      '\u0000',
    );
    const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 20 }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((one) => new TextEncoder().encode(one)),
          fc.uint8Array(),
        ),
        (bytes) => {
          expect(['network', 'domain', 'refused']).toContain(parseFile({ file: 'x', bytes }).is);
        },
      ),
    );
  });
});

describe('what the census calls carried', () => {
  it('makes a difference: without any one attribute something else comes, or is said', async () => {
    const roots = Object.entries(corpus()).map(([file, text]) => [file, readXml(text)] as const);
    const come = async (left: XmlAttribute | null) => {
      const texts = roots.map(([file, root]) => [file, written(root, left)] as const);
      const result = await imported(Object.fromEntries(texts), {}, 'kvm-a', false);
      return `${allText(result)}${result.lines.join('\n')}`;
    };
    const before = await come(null);
    const unheard: string[] = [];
    for (const [file, root] of roots) {
      for (const { path, attribute } of attributesOf(root, root.name)) {
        const isCarried = fateOf(path) === 'carried' && !isSaidTwice(path, attribute.value);
        if (isCarried && (await come(attribute)) === before)
          unheard.push(`${file} ${path} ${attribute.value}`);
      }
    }
    expect(unheard).toEqual([]);
  }, 120_000);
});

interface Placed {
  path: string;
  attribute: XmlAttribute;
}

function attributesOf({ attributes, children }: XmlElement, path: string): Placed[] {
  const own = [...attributes].map(([key, attribute]) => ({ path: `${path}/@${key}`, attribute }));
  const below = children.flatMap((child) => {
    const inner =
      child.name === 'interface' && path === 'domain/devices' ? 'interface' : `${path}/${child.name}`;
    return child.namespace === '' ? attributesOf(child, inner) : [];
  });
  return [...own, ...below];
}

/** An element as text again, all on one line, without one attribute. */
function written(
  { name: element, namespace, attributes, children, text }: XmlElement,
  left: XmlAttribute | null,
): string {
  if (namespace !== '') return '';
  const words = [...attributes].flatMap(([key, attribute]) =>
    attribute === left
      ? []
      : ` ${key}='${attribute.value.replaceAll('&', '&amp;').replaceAll("'", '&apos;')}'`,
  );
  const inner = children.map((child) => written(child, left)).join('');
  return `<${element}${words.join('')}>${text.replaceAll('&', '&amp;')}${inner}</${element}>`;
}

/** What holds without the word, too: a default said aloud, or what something else beside it says. */
function isSaidTwice(path: string, value: string): boolean {
  const twice: Record<string, string[]> = {
    'network/forward/@mode': ['nat'],
    'network/forward/@dev': ['eth1', 'eth2', 'eth7'],
    'network/bridge/@stp': ['on'],
    'network/bridge/@delay': ['0'],
    'network/ip/dhcp/range/lease/@unit': ['minutes'],
    'network/ip/@family': ['ipv4'],
    'network/ip/@netmask': ['255.255.255.0'],
    'network/ip/@prefix': ['64'],
    'network/route/@family': ['ipv4'],
    'network/route/@prefix': ['0'],
    'network/dns/@enable': ['yes'],
    'network/dns/forwarder/@addr': ['192.0.2.55'],
    // Its port group says it, or the other way round.
    'network/virtualport/@type': ['openvswitch'],
    'network/portgroup/vlan/@trunk': ['yes'],
    'interface/virtualport/@type': ['openvswitch'],
    'interface/vlan/@trunk': ['yes'],
    'interface/port/@isolated': ['no'],
    'interface/source/@mode': ['vepa'],
    'interface/source/@bridge': ['virbr0'],
    // Of links that libvirt names itself, and of one that is not carried.
    'interface/target/@dev': ['vnet3', 'tap-x'],
  };
  return Object.hasOwn(twice, path) && twice[path]?.includes(value) === true;
}
