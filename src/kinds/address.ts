import type { KindModule } from './kind.ts';

/** An address by which the host serves a network, recorded in an altname of the link that has it. */
export const addressKind: KindModule<'address'> = {
  kind: 'address',
  cosmetic: [],
  observe: () => [],
  compare: () => [],
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  without: () => null,
  describe: (name) => `address ${name}`,
  steps: () => ({ unmake: [], make: [] }),
  simulate: () => {},
};
