import type { Subject } from './subjects.ts';
import type { Sections } from './unit-files.ts';

/** `maybe`: it depends on what is not to be known from here, such as a udev property or the driver of a NIC. */
export type Match = 'yes' | 'no' | 'maybe';

/** What a kind of link may be called by `Type=`: its devtype, else its hardware type (networkctl(1)). */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  bridge: ['bridge'],
  macvtap: ['ether', 'macvtap', 'macvlan'],
};
/** ETHTOOL_GDRVINFO of those that are no hardware. */
const DRIVERS: Readonly<Record<string, string>> = {
  bridge: 'bridge',
  macvtap: 'macvlan',
  tun: 'tun',
  veth: 'veth',
};

/** Whether the [Match] section of a file of systemd's fits a link. Without a key it fits none: systemd ignores such files. */
export function matchLink(sections: Sections, subject: Subject): Match {
  const section = sections.get('Match');
  if (section === undefined || section.size === 0) return 'no';
  let match: Match = 'yes';
  for (const [key, values] of section) {
    const one = matchKey(key, values.join(' ').split(/\s+/).filter(Boolean), subject);
    if (one === 'no') return 'no';
    if (one === 'maybe') match = 'maybe';
  }
  return match;
}

function matchKey(key: string, patterns: readonly string[], subject: Subject): Match {
  const { name, type, mac, link } = subject;
  if (patterns.length === 0) return 'yes';
  switch (key) {
    case 'Name':
      return matchGlobs(patterns, [name, ...(link?.altnames ?? [])]);
    case 'OriginalName':
      return matchGlobs(patterns, [name]);
    case 'Kind':
      return matchGlobs(patterns, [type === 'physical' ? '' : type]);
    case 'Type':
      return matchGlobs(patterns, TYPES[type] ?? ['ether']);
    case 'Driver': {
      const driver = DRIVERS[type];
      return driver === undefined ? 'maybe' : matchGlobs(patterns, [driver]);
    }
    case 'MACAddress':
      return matchAddress(patterns, mac);
    case 'PermanentMACAddress':
      return matchAddress(patterns, link?.permanentMac ?? null);
    default:
      return 'maybe';
  }
}

/** A list of globs, of which one must fit; a `!` before the first turns the whole list round (systemd.network(5)). */
function matchGlobs(patterns: readonly string[], texts: readonly string[]): Match {
  const [first = '', ...others] = patterns;
  const inverted = first.startsWith('!');
  const globs = [inverted ? first.slice(1) : first, ...others];
  const fits = globs.some((glob) => texts.some((text) => matchesGlob(glob, text)));
  return fits === inverted ? 'no' : 'yes';
}

function matchAddress(patterns: readonly string[], mac: string | null): Match {
  const plain = (text: string) => text.toLowerCase().replace(/[^0-9a-f]/g, '');
  return mac !== null && patterns.some((one) => plain(one) === plain(mac)) ? 'yes' : 'no';
}

/** fnmatch(3) without flags, as far as names of links need it. */
export function matchesGlob(glob: string, text: string): boolean {
  let source = '';
  for (let i = 0; i < glob.length; i++) {
    const character = glob.charAt(i);
    const end = glob.indexOf(']', i + 2);
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[' && end > 0) {
      const [, inverted = '', members = ''] = /^([!^]?)(.*)$/s.exec(glob.slice(i + 1, end)) ?? [];
      source += `[${inverted === '' ? '' : '^'}${members.replace(/[\\\]^]/g, '\\$&')}]`;
      i = end;
    } else source += character.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 's').test(text);
  } catch {
    // A range such as [z-a]; fnmatch matches nothing by it either.
    return false;
  }
}
