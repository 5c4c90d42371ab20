import type { MacvtapMode } from '../model/specs.ts';

/** libvirt's word for the mode, and the documents', is `passthrough`; the kernel's is `passthru`. */
export const KERNEL_MODES = {
  vepa: 'vepa',
  bridge: 'bridge',
  private: 'private',
  passthrough: 'passthru',
} as const satisfies Record<string, MacvtapMode>;
