import type { AnyObserved } from '../model/resource.ts';
import { isLinkName } from '../model/tokens.ts';

/** What would resolve it that a stranger has a slot. */
export function strangerHint(slot: string, holder: AnyObserved): string {
  const at = slot.indexOf(':');
  const what = slot.slice(at + 1);
  switch (slot.slice(0, at)) {
    case 'name':
      return nameHint(what, holder);
    case 'mac':
      return `give ${wordFor(holder)} another address, or name another mac in the documents`;
    case 'address':
      return addressHint(holder);
    default:
      return deviceHint(what, holder);
  }
}

/** Whether a link has the name as one of its altnames, which `ip link` shows in a line of its own. */
export function isAltname(slot: string, holder: AnyObserved): boolean {
  return slot.startsWith('name:') && holder.kind === 'link' && slot !== `name:${holder.name}`;
}

function nameHint(name: string, holder: AnyObserved): string {
  const another = 'or name another one in the documents';
  if (isAltname(`name:${name}`, holder)) {
    return `take the altname off it (ip link property del dev ${wordFor(holder)} altname ${name}), ${another}`;
  }
  switch (holder.kind) {
    case 'ovs-bridge':
      return `remove it (ovs-vsctl del-br ${name}), ${another}`;
    case 'ovs-port':
      return `remove it (ovs-vsctl del-port ${holder.spec.bridge} ${holder.name}), ${another}`;
    default:
      return `stop what made it and remove it (ip link delete dev ${name}), ${another}`;
  }
}

function addressHint(holder: AnyObserved): string {
  if (holder.kind !== 'address') return 'name another address in the documents';
  const { link, address, prefix } = holder.spec;
  const dev = isLinkName(link) ? link : `if${holder.incarnation}`;
  return `take it off there (ip address del ${address}/${prefix} dev ${dev}), or name another one in the documents`;
}

function deviceHint(device: string, holder: AnyObserved): string {
  const another = 'or name another device in the documents';
  if (holder.kind === 'ovs-port') {
    return `take it out there (ovs-vsctl del-port ${holder.spec.bridge} ${holder.name}), ${another}`;
  }
  if (holder.name === device) return `take it out there (ip link set dev ${device} nomaster), ${another}`;
  return `remove ${wordFor(holder)} (ip link delete dev ${wordFor(holder)}), ${another}`;
}

/** By its index where a shell, or `ip`, could read the name as something else. */
function wordFor({ kind, name, handle }: AnyObserved): string {
  return kind !== 'link' || isLinkName(name) ? name : handle;
}
