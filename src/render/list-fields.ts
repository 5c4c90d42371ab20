import type { FieldDiff } from '../model/plan.ts';

/**
 * Fields that are lists of lines, of which a difference says only what goes (`before`) and what comes (`after`): rules of
 * a firewall, and what a dnsmasq is told. In words: how many, some of them by name, and the rest counted.
 */
const LISTS: ReadonlySet<string> = new Set(['config', 'hosts', 'order', 'reservations', 'rules']);

/** Names that are shown of a list. */
const NAMES_SHOWN = 5;
/** Lines that are shown of a list, in full: half of one misleads. */
const LINES_SHOWN = 3;

/** What stands for the lines of a process of which it is not known what it was told. */
const UNKNOWN = '# not known';

export function isListField({ field, before, after }: FieldDiff): boolean {
  return LISTS.has(field) && Array.isArray(before) && Array.isArray(after);
}

/** Of the fields that are lists. */
export function describeLists(fields: readonly FieldDiff[]): string[] {
  const told: string[] = [];
  let guests: ReadonlySet<string> = new Set();
  for (const diff of inOrder(fields)) {
    const [gone, come] = [textsOf(diff.before), textsOf(diff.after)];
    switch (diff.field) {
      case 'reservations': {
        const names = changesOf(gone, come, reservationName);
        guests = new Set([...names.more, ...names.fewer, ...names.changed]);
        told.push(...nameWords('reservation', gone, names));
        break;
      }
      case 'hosts': {
        const all = changesOf(gone, come, hostName);
        // A guest's name goes with its reservation, and is told with it.
        const others = (names: readonly string[]) => names.filter((name) => !guests.has(name));
        const names = { more: others(all.more), fewer: others(all.fewer), changed: others(all.changed) };
        told.push(...nameWords('name', gone, names));
        break;
      }
      case 'order':
        told.push('rules are to be in another order');
        break;
      case 'config':
        told.push(lineWords('configuration', gone, come));
        break;
      default:
        told.push(lineWords(diff.field, gone, come));
    }
  }
  return told;
}

function inOrder(fields: readonly FieldDiff[]): FieldDiff[] {
  return [...fields].sort((a, b) => Number(b.field === 'reservations') - Number(a.field === 'reservations'));
}

interface NameChanges {
  more: string[];
  fewer: string[];
  /** It is said of them what it was not before. */
  changed: string[];
}

function changesOf(
  gone: readonly string[],
  come: readonly string[],
  nameOf: (line: string) => string,
): NameChanges {
  const [had, has] = [gone, come].map((lines) => new Set(lines.map(nameOf)));
  const fewer = [...(had ?? [])].filter((name) => !has?.has(name));
  const more = [...(has ?? [])].filter((name) => !had?.has(name));
  return { more, fewer, changed: [...(has ?? [])].filter((name) => had?.has(name)) };
}

/** `3 reservations more: web1, web2, db1` */
function nameWords(noun: string, gone: readonly string[], { more, fewer, changed }: NameChanges): string[] {
  if (gone.includes(UNKNOWN)) return [`${noun}s to be told again`];
  return (
    [
      [more, 'more'],
      [fewer, 'fewer'],
      [changed, 'changed'],
    ] as const
  ).flatMap(([names, how]) => {
    if (names.length === 0) return [];
    const rest = names.length - NAMES_SHOWN;
    const shown = rest <= 1 ? names.join(', ') : `${names.slice(0, NAMES_SHOWN).join(', ')} and ${rest} more`;
    return [`${names.length} ${noun}${names.length === 1 ? '' : 's'} ${how}: ${shown}`];
  });
}

/** `rules -1 +1: - answers to guests, + published ports` */
function lineWords(noun: string, gone: readonly string[], come: readonly string[]): string {
  const counts = [
    ...(gone.length > 0 ? [`-${gone.length}`] : []),
    ...(come.length > 0 ? [`+${come.length}`] : []),
  ];
  const lines = [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)];
  const rest = lines.length - LINES_SHOWN;
  const shown = rest <= 1 ? lines : [...lines.slice(0, LINES_SHOWN), `and ${rest} more`];
  return `${noun} ${counts.join(' ')}: ${shown.join(', ')}`;
}

/** dhcp-hostsfile: MAC, `id:*`, addresses, and the guest's name where it has one that dnsmasq takes. */
function reservationName(line: string): string {
  const words = line.split(',');
  const last = words.at(-1) ?? line;
  return /^[0-9.]+$|[:[\]*]/.test(last) ? (words[2] ?? last) : last;
}

/** hosts(5): the address, and names of which the last is the shortest. */
function hostName(line: string): string {
  return line.split(' ').at(-1) ?? line;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
