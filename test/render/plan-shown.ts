import { type RenderOptions, renderPlanText } from '../../src/render/plan-text.ts';
import * as sample from './plan-samples.ts';

const OPTIONS: RenderOptions = {
  color: false,
  unicode: true,
  width: 110,
  outcomes: null,
  command: 'plan',
  next: 'plumbline apply',
  holderName: (pid) => (pid === 4121 ? 'qemu-system-x86' : null),
};

/** A plan as a terminal of 110 columns shows it. */
export function text(plan: Parameters<typeof renderPlanText>[0], more: Partial<RenderOptions> = {}): string {
  return renderPlanText(plan, { ...OPTIONS, ...more });
}

export const DIRECT = sample.network('red-network', 'direct vepa', 3, {
  pool: [{ device: 'eth3', link: 'eth3', used: 3, capacity: 8, strangers: 0 }],
});
export const TENANTS = sample.network('tenants', 'openvswitch ovsbr0', 2);
