import { type Finding, someOf } from '../../model/finding.ts';
import { matchLink } from './link-match.ts';
import { type ServiceState, serviceState } from './services.ts';
import type { Subject } from './subjects.ts';
import { isTrue, lastValue, readNetworkFiles, type Sections, type UnitFile } from './unit-files.ts';

export interface NetworkdFacts {
  state: ServiceState;
  /** In the order in which the first that matches a link wins. */
  networks: readonly UnitFile[];
}

export function readNetworkd(root: string): NetworkdFacts {
  const state = serviceState('systemd-networkd', root);
  return { state, networks: state === 'off' ? [] : readNetworkFiles('.network', root) };
}

/** One finding for each .network file that would have systemd-networkd configure links of ours. */
export function judgeNetworkd({ state, networks }: NetworkdFacts, subjects: readonly Subject[]): Finding[] {
  if (state === 'off') return [];
  const matched = new Map<UnitFile, { subject: Subject; sure: boolean }[]>();
  for (const subject of subjects) {
    for (const file of networks) {
      const match = matchLink(file.sections, subject);
      if (match === 'no') continue;
      if (fights(file.sections, subject)) {
        matched.set(file, [...(matched.get(file) ?? []), { subject, sure: match === 'yes' }]);
      }
      // One that only may match leaves the link to later files.
      if (match === 'yes') break;
    }
  }
  return [...matched].map(([file, hits]) => finding(file, hits, state));
}

/** Whether a link is worse off for being configured by this file. */
function fights(sections: Sections, { role, bridge }: Subject): boolean {
  if (isTrue(lastValue(sections, 'Link', 'Unmanaged'))) return false;
  if (role !== 'uplink') return true;
  // Without KeepMaster= networkd takes a link off any master that the file does not name (systemd.network(5)).
  const keeps = isTrue(lastValue(sections, 'Network', 'KeepMaster'));
  return !keeps && (bridge === null || lastValue(sections, 'Network', 'Bridge') !== bridge);
}

function finding(
  file: UnitFile,
  hits: readonly { subject: Subject; sure: boolean }[],
  state: ServiceState,
): Finding {
  const sure = hits.some((hit) => hit.sure);
  const names = someOf(hits.map(({ subject }) => subject.name));
  // A bridge may have its address from networkd on purpose; a port of ours is thrown off its bridge.
  const ports = hits.some(({ subject, sure: known }) => known && subject.role !== 'bridge');
  return {
    code: 'networkd-matches',
    severity: state === 'running' && ports ? 'error' : 'warning',
    message:
      `systemd-networkd ${sure ? 'configures' : 'may configure'} ${names}` +
      `${state === 'running' ? '' : ' once it runs'}: it takes ports off their bridge and addresses off links, so guests lose the network`,
    found: `${file.path} matches ${names}${state === 'running' ? '' : ', and systemd-networkd is enabled'}`,
    hint:
      'narrow its [Match], or put before it /etc/systemd/network/05-plumbline.network with ' +
      `[Match] Name=${hits
        .slice(0, 5)
        .map(({ subject }) => subject.name)
        .join(' ')} and [Link] Unmanaged=yes; then networkctl reload`,
  };
}
