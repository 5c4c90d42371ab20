import type { KindModule } from './kind.ts';

/** A setting of the kernel that a network needs: set where it differs, never reset. */
export const sysctlKind: KindModule<'sysctl'> = {
  kind: 'sysctl',
  cosmetic: [],
  observe: () => [],
  compare: () => [],
  effect: () => ({ action: 'update', impact: 'none' }),
  removal: () => 'none',
  claims: () => [],
  without: () => null,
  describe: (name) => `sysctl ${name}`,
  steps: () => ({ unmake: [], make: [] }),
  simulate: () => {},
};
