import type { KindModule } from './kind.ts';

/** A route into a network that this host serves, marked by its protocol. */
export const routeKind: KindModule<'route'> = {
  kind: 'route',
  cosmetic: [],
  observe: () => [],
  compare: () => [],
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  without: () => null,
  describe: (name) => `route ${name}`,
  steps: () => ({ unmake: [], make: [] }),
  simulate: () => {},
};
