import type { Gating } from './gating.ts';
import { close, explain } from './gating.ts';

/** A network of libvirt's with guests connected to it is neither stopped nor started anew, whatever is allowed. */
export function gateConnected(gating: Gating): void {
  for (const { id, before, action } of gating.drafts.values()) {
    if (before?.kind !== 'libvirt-active' || (action !== 'delete' && action !== 'replace')) continue;
    const count = before.spec.connected ?? 0;
    if (count === 0 || !close(gating, id, { is: 'held', why: 'connected', held: null })) continue;
    const who = count === 1 ? 'a guest is' : `${count} guests' NICs are`;
    const then = action === 'delete' ? 'it is stopped' : 'it is started anew';
    explain(gating, id, `${who} connected; ${then} when they have gone`);
  }
}
