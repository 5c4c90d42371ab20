import { networkOwner } from '../model/mark.ts';
import { idOf } from '../model/resource.ts';
import type { FirewallSpec } from '../model/specs.ts';
import { compareRules } from './firewall-rules.ts';
import type { KindModule } from './kind.ts';
import { diffFields } from './kind.ts';
import { servicesOf } from './services.ts';

/** The firewall resource of the host itself: what no network owns. No document can be called so. */
export const HOST_FIREWALL = '~host';

/**
 * The rules of one network, or of the host, in the table `inet plumbline`. Nothing of it detaches a guest, and
 * connections that stand are known to the kernel whatever the rules become; only when translation of addresses goes
 * away as a whole, or a network becomes isolated, do guests lose their way out.
 */
export const firewallKind: KindModule<'firewall'> = {
  kind: 'firewall',
  cosmetic: [],

  observe({ services }) {
    const firewall = services?.firewall ?? null;
    if (firewall === null) return [];
    const guard = firewall.owners.some(({ owner }) => owner === HOST_FIREWALL);
    return firewall.owners.map(({ owner, link, rules }) => ({
      kind: 'firewall',
      id: idOf('firewall', owner),
      name: owner,
      spec: { link, rules, whole: firewall.whole },
      // The table is ours, and so is all that is in it.
      mark: { is: 'ours', owner: owner === HOST_FIREWALL ? 'Host' : networkOwner(owner) },
      handle: owner,
      incarnation: owner,
      // While one network is still here for its guests, the host goes on being no router for others.
      needs:
        guard && owner !== HOST_FIREWALL ? [{ id: idOf('firewall', HOST_FIREWALL), incarnation: false }] : [],
      claims: () => linkClaim(link),
      strayGroup: null,
    }));
  },

  compare: (before, after) => [
    ...(before.whole ? [] : [{ field: 'table', before: 'damaged', after: 'whole' }]),
    ...diffFields(before, after, ['link']),
    ...compareRules(before.rules, after.rules),
  ],

  effect: (fields, before, after) => ({
    action: 'update',
    impact: fields.some((f) => f.field === 'rules') && takesWayOut(before.spec, after) ? 'interrupt' : 'none',
  }),

  removal: (before) => (translates(before.spec) ? 'interrupt' : 'none'),
  claims: (_, { link }) => linkClaim(link),
  // Rules know links by name: one that is made anew finds them.
  without: (before) => before.spec,
  describe: (name) => (name === HOST_FIREWALL ? 'rules of this host' : `rules of ${name}`),

  steps({ before, after }) {
    if (after !== null) {
      const { link, rules } = after.spec;
      return {
        unmake: [],
        make: [{ word: 'set', tool: 'nft', op: { do: 'set', owner: after.name, link, rules } }],
      };
    }
    return {
      unmake:
        before === null ? [] : [{ word: 'remove', tool: 'nft', op: { do: 'remove', owner: before.name } }],
      make: [],
    };
  },

  simulate(state, { before, after }) {
    const services = servicesOf(state);
    const name = (after ?? before)?.name;
    const owners = (services.firewall?.owners ?? []).filter(({ owner }) => owner !== name);
    if (after !== null) {
      const { link, rules } = after.spec;
      owners.push({ owner: after.name, link, rules: [...rules] });
      owners.sort((a, b) => (a.owner < b.owner ? -1 : 1));
    }
    // Whatever is set, the table is put right with it; the last one to go takes it along.
    services.firewall = owners.length === 0 ? null : { owners, whole: true };
  },
};

function linkClaim(link: string | null) {
  return link === null ? [] : [{ slot: `firewall:${link}`, share: null }];
}

function takesWayOut(before: FirewallSpec, after: FirewallSpec): boolean {
  if (translates(before)) return !translates(after);
  // What is damaged is put right: to close what somebody else has opened waits for nobody.
  const led = before.whole && (before.rules.length === 0 || leadsOut(before));
  return led && after.rules.length > 0 && !leadsOut(after);
}

/** More than what stays inside, and a refusal of the rest. */
function leadsOut({ rules }: FirewallSpec): boolean {
  return rules.filter(({ chain }) => chain === 'forward-out').length > 2;
}

/** Whether guests leave under another address than their own. */
function translates({ rules }: FirewallSpec): boolean {
  return rules.some(({ chain }) => chain === 'nat-out');
}
