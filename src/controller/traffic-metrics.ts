import { Counter, Gauge, type Registry } from 'prom-client';
import type { GuestTraffic, Traffic } from '../tools/ip/statistics.ts';

const LABELS = ['guest', 'interface', 'network'] as const;
type Label = (typeof LABELS)[number];

const COUNTED: readonly { key: keyof Traffic; what: string }[] = [
  { key: 'bytes', what: 'Bytes' },
  { key: 'packets', what: 'Packets' },
  { key: 'errors', what: 'Errors' },
  { key: 'drops', what: 'Packets dropped' },
];

export interface TrafficSources {
  traffic(): Promise<GuestTraffic[]>;
  networkOf(device: string): string | null;
}

/**
 * Traffic of guest devices, in the guest's directions: `receive` is what came to the guest, whichever way the kernel
 * counts it. A device that is made anew begins at 0, which Prometheus takes for the restart of a counter.
 */
export class TrafficMetrics {
  readonly #received = new Map<keyof Traffic, Counter<Label>>();
  readonly #sent = new Map<keyof Traffic, Counter<Label>>();
  readonly #failed: Gauge;

  constructor(registry: Registry) {
    for (const { key, what } of COUNTED) {
      this.#received.set(key, counter(registry, 'receive', key, `${what} to the guest`));
      this.#sent.set(key, counter(registry, 'transmit', key, `${what} from the guest`));
    }
    this.#failed = new Gauge({
      name: 'plumbline_guest_traffic_unreadable',
      help: '1 when the counters of guest devices could not be read for this scrape',
      registers: [registry],
    });
  }

  /** Reads all of it once. What cannot be read is left out, so that the rest of the scrape is still had. */
  async collect(sources: TrafficSources): Promise<void> {
    for (const one of [...this.#received.values(), ...this.#sent.values()]) one.reset();
    let devices: GuestTraffic[];
    try {
      devices = await sources.traffic();
    } catch {
      this.#failed.set(1);
      return;
    }
    this.#failed.set(0);
    for (const { device, guest, interface: iface, received, sent } of devices) {
      const labels = { guest, interface: iface, network: sources.networkOf(device) ?? '' };
      for (const { key } of COUNTED) {
        this.#received.get(key)?.inc(labels, received[key]);
        this.#sent.get(key)?.inc(labels, sent[key]);
      }
    }
  }
}

function counter(registry: Registry, direction: string, key: string, help: string): Counter<Label> {
  return new Counter({
    name: `plumbline_guest_${direction}_${key}_total`,
    help,
    labelNames: LABELS,
    registers: [registry],
  });
}
