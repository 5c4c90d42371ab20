import type { DeviceStatus, Status } from '../model/status.ts';
import type { Line, Look, Medium } from './line.ts';
import { cutLine, span } from './line.ts';
import { count } from './plan-networks.ts';
import { listText } from './plan-words.ts';
import type { StatusSection } from './status-section.ts';
import { alignColumns, moreLine } from './status-section.ts';

/** What a person looks for first comes first, and is folded last. */
const ORDER = ['missing', 'unknown', 'leaving', 'free', 'held'] as const;
type State = (typeof ORDER)[number];

/** Each guest device with its holder; of a long list those that are not simply in use, and how many the rest are. */
export function deviceSection({ devices, networks }: Status, most: number, medium: Medium): StatusSection {
  const held = devices.filter(({ held }) => held?.is === 'held').length;
  const heading = `Guest devices: ${count(devices.length, 'device')}, ${held} in use`;
  const sorted =
    devices.length <= most
      ? devices
      : ORDER.flatMap((state) => devices.filter((device) => stateOf(device) === state));
  const shown = sorted.slice(0, most);
  // Without documents nobody can say where a device is wanted.
  const without = networks.length === 0 ? 'of no known network' : 'wanted elsewhere';
  const lines = alignColumns(shown.map((device) => cells(device, without, medium))).map((line) =>
    cutLine(line, medium),
  );
  const rest = sorted.slice(most);
  if (rest.length > 0) {
    const words = ORDER.flatMap((state) => {
      const n = rest.filter((device) => stateOf(device) === state).length;
      return n === 0 ? [] : [`${n} ${SUMMED[state]}`];
    });
    lines.push(moreLine(rest.length, medium, `: ${words.join(', ')}`));
  }
  return { heading, look: 'bold', lines };
}

const SUMMED: Record<State, string> = {
  missing: 'that do not stand',
  unknown: 'of which it cannot be told',
  leaving: 'leaving',
  free: 'that nobody holds',
  held: 'in use',
};

function stateOf({ held, network, waits }: DeviceStatus): State {
  if (held === null && waits === 'standby') return 'free';
  if (held === null) return 'missing';
  if (held.is === 'unknown') return 'unknown';
  if (network === null) return 'leaving';
  return held.is;
}

function cells(device: DeviceStatus, without: string, medium: Medium): Line[] {
  const { guest, interface: iface, network, device: name } = device;
  const { text, look } = holderWords(device);
  return [
    [span(`  ${guest} ${iface}`, medium)],
    [span(name, medium)],
    network === null ? [span(without, medium, 'warn')] : [span(network, medium)],
    [span(text, medium, look)],
  ];
}

function holderWords({ held, holders, waits }: DeviceStatus): { text: string; look: Look } {
  if (held === null && waits === 'standby') return { text: 'made when it is claimed', look: 'dim' };
  if (held === null) return { text: 'does not stand', look: 'bad' };
  switch (held.is) {
    case 'free':
      if (waits === 'standby') return { text: 'stands by', look: 'dim' };
      return {
        text: waits === 'released' ? 'down: its guest has gone' : 'stands, nobody holds it',
        look: 'dim',
      };
    case 'unknown':
      return { text: `cannot tell who holds it: ${held.why}`, look: 'warn' };
    case 'held': {
      if (held.pids.length === 0) return { text: 'in use', look: 'good' };
      const names = held.pids.map((pid) =>
        holders[pid] === undefined ? `pid ${pid}` : `${holders[pid]} (pid ${pid})`,
      );
      const gone = waits === 'released' ? 'down, its guest has gone: ' : '';
      return { text: gone + listText(names, 2), look: gone === '' ? 'good' : 'warn' };
    }
  }
}
