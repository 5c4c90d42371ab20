import type { KindModule } from './kind.ts';

/** One dnsmasq, with the files that it was told to read. */
export const serviceKind: KindModule<'service'> = {
  kind: 'service',
  cosmetic: [],
  observe: () => [],
  compare: () => [],
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  without: () => null,
  describe: (name) => `service ${name}`,
  steps: () => ({ unmake: [], make: [] }),
  simulate: () => {},
};
