import type { Finding } from '../../model/finding.ts';
import type { LinkState } from '../../model/host.ts';
import { isForeignWithOurPrefix, linkMark } from '../../model/mark.ts';
import type { Subject } from './subjects.ts';

/** Links whose alias says that they are somebody else's, or ours in words that Plumbline never writes. */
export function judgeAliases(links: readonly LinkState[], subjects: readonly Subject[]): Finding[] {
  return [...subjects.flatMap(taken), ...links.flatMap(unknownOwner)];
}

function taken({ name, role, link, claimed }: Subject): Finding[] {
  if (role === 'uplink' || !claimed || link === null || linkMark(link).is !== 'foreign') return [];
  const whose = link.alias === null ? 'with no alias' : `with the alias “${link.alias}”`;
  return [
    {
      code: link.alias === null ? 'name-taken' : 'foreign-alias',
      severity: 'error',
      message:
        `${name} is not Plumbline's, so it is left alone: ` +
        (role === 'bridge'
          ? 'the guests of the networks on this bridge get no devices'
          : 'its guest has no device that Plumbline keeps right'),
      found: `a ${typeWord(link)} ${name} ${whose}`,
      hint:
        `stop what made it and remove it (ip link delete dev ${name}), name another one in the documents, ` +
        'or say adopt: true if it is just what is wanted',
    },
  ];
}

function unknownOwner(link: LinkState): Finding[] {
  if (!isForeignWithOurPrefix(link)) return [];
  return [
    {
      code: 'alias-unknown',
      severity: 'warning',
      message: `${link.name} has an alias that begins like Plumbline's mark, in words that Plumbline never writes on such a link: it counts as somebody else's and is left alone`,
      found: `the alias “${link.alias}” on a ${typeWord(link)}`,
      hint: `give it another alias: ip link set dev ${link.name} alias TEXT`,
    },
  ];
}

/** The kernel calls taps and tuns alike. */
function typeWord({ type, tap }: LinkState): string {
  return tap?.mode ?? `${type} link`;
}
