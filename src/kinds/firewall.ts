import type { KindModule } from './kind.ts';

/** The rules of one network, or of the host, in the table `inet plumbline`. */
export const firewallKind: KindModule<'firewall'> = {
  kind: 'firewall',
  cosmetic: [],
  observe: () => [],
  compare: () => [],
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  without: () => null,
  describe: (name) => `firewall ${name}`,
  steps: () => ({ unmake: [], make: [] }),
  simulate: () => {},
};
