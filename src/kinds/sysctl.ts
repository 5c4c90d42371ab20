import type { HostState } from '../model/host.ts';
import type { Need } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { SysctlWrite } from '../model/step.ts';
import type { KindModule } from './kind.ts';
import { diffFields } from './kind.ts';
import { servicesOf } from './services.ts';

/** Whether IPv6 is forwarded, by whatever link it comes in. */
export const IPV6_FORWARD = 'net/ipv6/conf/all/forwarding';
/** 0 beside an `all` of 1 is how Plumbline knows that it has turned that on: whoever else does sets both (addrconf.c). */
export const IPV6_FORWARD_NEW = 'net/ipv6/conf/default/forwarding';

/** A setting of the kernel: nobody's, set where it is wanted, and never set back, for others may count on it by then. */
export const sysctlKind: KindModule<'sysctl'> = {
  kind: 'sysctl',
  cosmetic: ['value'],
  voided: () => 'none',

  observe(state) {
    return [...(state.services?.sysctls ?? [])].map(([path, value]) => ({
      kind: 'sysctl',
      id: idOf('sysctl', path),
      name: path,
      spec: { value },
      mark: { is: 'shared' },
      handle: path,
      incarnation: path,
      needs: needsOf(path),
      claims: () => [],
      strayGroup: null,
    }));
  },

  compare: (before, after) => diffFields(before, after, ['value']),
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  // A link that is made anew has the settings of every new link.
  without: () => null,
  describe: (name) => `setting ${name}`,

  steps: ({ after }) => ({
    unmake: [],
    make:
      after === null ? [] : [{ word: 'set', tool: 'sysctl', writes: writesOf(after.name, after.spec.value) }],
  }),

  simulate(state, { after }) {
    if (after === null) return;
    const services = servicesOf(state);
    services.sysctls = new Map([...services.sysctls, [after.name, after.spec.value]]);
  },
};

/**
 * The kernel gives what `all` is told to `default` as well (addrconf_fixup_forwarding, net/ipv6/addrconf.c), where a 0 is
 * the sign that nobody but Plumbline has made the host a router (realise/forwarding.ts). It stands there already, so no
 * change of its own would put it back.
 */
function writesOf(path: string, value: string): SysctlWrite[] {
  const written = { path, value };
  return path === IPV6_FORWARD ? [written, { path: IPV6_FORWARD_NEW, value: '0' }] : [written];
}

/** `virbr-lab` of `net/ipv6/conf/virbr-lab/accept_ra`; null for what is no setting of one link. */
function linkOf(path: string): string | null {
  const link = /^net\/ipv[46]\/conf\/([^/]+)\/[^/]+$/.exec(path)?.[1];
  return link === undefined || link === 'all' || link === 'default' ? null : link;
}

function needsOf(path: string): Need[] {
  const link = linkOf(path);
  return link === null ? [] : [{ id: idOf('link', link), incarnation: true }];
}

/** The settings of a link go with it. */
export function forgetSettings(state: HostState, link: string): void {
  if (state.services === undefined) return;
  const sysctls = [...state.services.sysctls].filter(([path]) => linkOf(path) !== link);
  state.services = { ...state.services, sysctls: new Map(sysctls) };
}
