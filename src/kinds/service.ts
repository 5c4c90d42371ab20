import type { DnsmasqState, HostState } from '../model/host.ts';
import { networkOwner } from '../model/mark.ts';
import type { FieldDiff } from '../model/plan.ts';
import type { Claim, Observed } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { KindModule } from './kind.ts';
import { diffFields } from './kind.ts';
import { servicesOf } from './services.ts';

/** Lists of lines, of which only what comes and goes is told. */
const LISTS = ['config', 'reservations', 'hosts'] as const;
/** What a process reads again when it is told to; for anything else another takes its place. */
const RELOADED: readonly string[] = ['reservations', 'hosts'];

/**
 * One dnsmasq, with the files that it was told to read. It is known by its process's command line and its files, all of
 * which are ours by where they are, so there are no strangers. It hangs on nothing: dnsmasq finds a link that was made
 * anew, and addresses that come and go, by itself (`bind-dynamic`).
 */
export const serviceKind: KindModule<'service'> = {
  kind: 'service',
  cosmetic: [],

  observe: (state) => (state.services?.dnsmasq ?? []).map((one) => observeOne(one, state)),

  compare(before, after) {
    const fields = diffFields(before, after, ['link', 'running']);
    for (const field of LISTS) {
      const diff = differingLines(before[field], after[field]);
      if (diff !== null) fields.push({ field, ...diff });
    }
    return fields;
  },

  // Leases are kept, and a restart takes milliseconds: no guest notices.
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: ({ spec }) => (spec.running ? 'interrupt' : 'none'),
  claims: (_name, { link }) => [claimOf(link)],
  without: ({ spec }) => spec,
  describe: (name, { link }) => `dns+dhcp of ${name} on ${link}`,

  steps({ action, after, name, fields }) {
    if (after === null) {
      return { unmake: [{ word: 'remove', tool: 'service', op: { do: 'remove', name } }], make: [] };
    }
    const { spec } = after;
    const reload = action === 'update' && fields.every(({ field }) => RELOADED.includes(field));
    const word = reload ? 'reload' : 'start';
    return { unmake: [], make: [{ word, tool: 'service', op: { do: word, name, spec } }] };
  },

  simulate(state, { name, after }) {
    const services = servicesOf(state);
    services.dnsmasq = services.dnsmasq.filter((one) => one.name !== name);
    if (after === null) return;
    const { link, config, reservations, hosts } = after.spec;
    services.dnsmasq.push({
      name,
      link,
      pid: 0,
      config: [...config],
      reservations: [...reservations],
      hosts: [...hosts],
    });
  },
};

function observeOne(one: DnsmasqState, state: HostState): Observed<'service'> {
  const { name, link, pid, config, reservations, hosts } = one;
  const id = idOf('link', link);
  return {
    kind: 'service',
    id: idOf('service', name),
    name,
    spec: { link, config, reservations, hosts, running: pid !== null },
    mark: { is: 'ours', owner: networkOwner(name) },
    handle: name,
    incarnation: String(pid),
    // So that it goes before its link does.
    needs: state.links.some((other) => other.name === link) ? [{ id, incarnation: false }] : [],
    claims: () => [claimOf(link)],
    strayGroup: null,
  };
}

/** Two networks on one link would both want its ports. */
function claimOf(link: string): Claim {
  return { slot: `service:DHCP and DNS on ${link}`, share: null };
}

function differingLines(
  before: readonly string[],
  after: readonly string[],
): Pick<FieldDiff, 'before' | 'after'> | null {
  if (before.length === after.length && before.every((line, i) => line === after[i])) return null;
  const [had, has] = [new Set(before), new Set(after)];
  const gone = before.filter((line) => !has.has(line));
  const come = after.filter((line) => !had.has(line));
  // The same lines in another order, or one of them twice.
  return gone.length + come.length === 0 ? { before, after } : { before: gone, after: come };
}
