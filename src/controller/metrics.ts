import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServiceStatus } from '../model/status.ts';
import { VERSION } from '../model/version.ts';
import type { GuestTraffic } from '../tools/ip/statistics.ts';
import { TrafficMetrics } from './traffic-metrics.ts';
import type { RunRecord, Status, Waiting } from './words.ts';

/** What a scrape reads; each is called once for it. */
export interface MetricsSources {
  /** Without devices, whose holders cost a scan of /proc. */
  status(): Status;
  traffic(): Promise<GuestTraffic[]>;
  /** By network, its dnsmasq. */
  served(): Promise<ReadonlyMap<string, ServiceStatus>>;
  /** The network of each guest device by its name. */
  networkOf(device: string): string | null;
}

/** Seconds: a run with nothing to do, one of a few changes, one of a thousand. */
const DURATIONS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
const RESULTS = { 0: 'converged', 1: 'failed', 2: 'held' } as const;
const WAITING: readonly Waiting['why'][] = [
  'held',
  'leaving',
  'guard',
  'paused',
  'contended',
  'blocked',
  'taken',
  'failed',
];

/**
 * What Prometheus scrapes, in a registry of its own. Labels name what this host has now, its networks, pool devices and
 * guest devices: series go when those do, and nothing that a request says becomes one.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sources: MetricsSources;
  readonly #traffic: TrafficMetrics;
  #scrape: Promise<string> | null = null;

  readonly #runs = this.#counter('runs_total', 'Runs that ended, by how', ['result']);
  readonly #duration = this.#register(
    new Histogram({
      name: 'plumbline_run_duration_seconds',
      help: 'How long runs took',
      buckets: DURATIONS,
      registers: [],
    }),
  );
  readonly #triggers = this.#counter('run_triggers_total', 'What runs were started for', ['trigger']);
  readonly #driftFound = this.#counter(
    'drift_found_total',
    'Changes that were due although the documents were the same as before',
    ['kind'],
  );
  readonly #driftRepaired = this.#counter('drift_repaired_total', 'Of these, those that were made', ['kind']);
  readonly #changes = this.#counter('changes_total', 'Changes of runs, by what became of them', [
    'action',
    'result',
  ]);
  readonly #lastRun = this.#gauge('last_run_timestamp_seconds', 'When the last run ended');
  readonly #lastSuccess = this.#gauge(
    'last_success_timestamp_seconds',
    'When a run last ended with everything done but what is held back',
  );

  readonly #healthy = this.#gauge('healthy', '1 when plumbline status says that all is well');
  readonly #inSync = this.#gauge('in_sync', '1 when the host is as the documents say');
  readonly #waiting = this.#gauge('changes_waiting', 'Changes that do not go ahead, by why', ['why']);
  readonly #approval = this.#gauge('approval_needed', '1 when a plan waits for plumbline approve');
  readonly #rejected = this.#gauge('revision_rejected', '1 while a revision is rejected here, by why', [
    'why',
  ]);
  readonly #problems = this.#gauge('rejected_problems', 'Problems of the rejected revision');
  readonly #revision = this.#gauge('revision_info', '1, with the commits that are applied and were seen', [
    'applied',
    'seen',
  ]);
  readonly #fetched = this.#gauge('source_fetch_timestamp_seconds', 'When the remote was last reached');
  readonly #sourceUp = this.#gauge('source_up', '1 while the desired state can be had');
  readonly #paused = this.#gauge('paused', 'Pauses that hold: of the host, and of single guests', ['of']);
  readonly #contended = this.#gauge(
    'contended',
    'Resources left alone because somebody else keeps changing them',
  );
  readonly #poolUsed = this.#gauge('pool_used', 'Guests on a device of a pool', ['network', 'device']);
  readonly #poolCapacity = this.#gauge(
    'pool_capacity',
    'Guests that a device of a pool takes; missing where there is no limit',
    ['network', 'device'],
  );
  readonly #guests = this.#gauge('network_guests', 'Guest interfaces in a network on this host', ['network']);
  readonly #leases = this.#gauge('dhcp_leases', 'DHCP leases that hold in a network', ['network']);
  readonly #serviceUp = this.#gauge('dnsmasq_up', '1 while the dnsmasq of a network runs', ['network']);
  readonly #memory = this.#gauge('process_resident_memory_bytes', 'Resident memory of the controller');
  readonly #cpu = this.#counter('process_cpu_seconds_total', 'Processor time of the controller');
  #cpuSeen = 0;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#traffic = new TrafficMetrics(this.#registry);
    this.#gauge('build_info', '1, with the release', ['version']).set({ version: VERSION }, 1);
    for (const result of Object.values(RESULTS)) this.#runs.inc({ result }, 0);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A run is over. `drift`: its documents are those of the run before. */
  observeRun(run: Omit<RunRecord, 'digest' | 'summary' | 'revision'>, drift: boolean): void {
    const { at, duration, triggers, status, changes } = run;
    this.#runs.inc({ result: RESULTS[status] });
    this.#duration.observe(duration / 1000);
    for (const trigger of triggers) this.#triggers.inc({ trigger });
    const ended = (at + duration) / 1000;
    this.#lastRun.set(ended);
    if (status !== 1) this.#lastSuccess.set(ended);
    for (const { id, action, result } of changes) {
      this.#changes.inc({ action, result });
      if (!drift) continue;
      const kind = id.slice(0, id.indexOf(':'));
      this.#driftFound.inc({ kind });
      if (result === 'done') this.#driftRepaired.inc({ kind });
    }
  }

  /** The text that a scrape gets. Two at once share one reading. */
  text(): Promise<string> {
    this.#scrape ??= this.#collect().finally(() => {
      this.#scrape = null;
    });
    return this.#scrape;
  }

  async #collect(): Promise<string> {
    this.#collectStatus(this.#sources.status());
    this.#memory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    const cpu = (user + system) / 1e6;
    this.#cpu.inc(cpu - this.#cpuSeen);
    this.#cpuSeen = cpu;
    this.#collectServed(await this.#sources.served());
    await this.#traffic.collect(this.#sources);
    return this.#registry.metrics();
  }

  #collectStatus(status: Status): void {
    const { source, rejected, paused } = status;
    this.#healthy.set(Number(status.healthy));
    this.#inSync.set(Number(status.inSync));
    for (const why of WAITING) {
      this.#waiting.set({ why }, status.waiting.filter((one) => one.why === why).length);
    }
    this.#approval.set(Number(status.approvable !== null));
    this.#rejected.reset();
    if (rejected !== null) this.#rejected.set({ why: rejected.why }, 1);
    this.#problems.set(rejected?.problems.length ?? 0);
    this.#revision.reset();
    this.#revision.set({ applied: status.applied ?? '', seen: source?.seen ?? '' }, 1);
    const fetched = source?.fetchedAt ?? null;
    // Without a remote there is no age of it to be alarmed at.
    if (fetched === null) this.#fetched.remove();
    else this.#fetched.set(Date.parse(fetched) / 1000);
    this.#sourceUp.set(Number(source !== null && source.trouble === null));
    this.#paused.set({ of: 'host' }, paused.filter(({ guest }) => guest === null).length);
    this.#paused.set({ of: 'guest' }, paused.filter(({ guest }) => guest !== null).length);
    this.#contended.set(status.contended.length);
    this.#collectNetworks(status);
  }

  #collectNetworks({ networks }: Status): void {
    for (const gauge of [this.#poolUsed, this.#poolCapacity, this.#guests]) gauge.reset();
    for (const { name: network, guests, pool } of networks) {
      this.#guests.set({ network }, guests);
      for (const { device, used, capacity } of pool) {
        this.#poolUsed.set({ network, device }, used);
        if (capacity !== null) this.#poolCapacity.set({ network, device }, capacity);
      }
    }
  }

  #collectServed(served: ReadonlyMap<string, ServiceStatus>): void {
    for (const gauge of [this.#leases, this.#serviceUp]) gauge.reset();
    for (const [network, { pid, leases }] of served) {
      this.#leases.set({ network }, leases);
      this.#serviceUp.set({ network }, Number(pid !== null));
    }
  }

  #counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return this.#register(new Counter({ name: `plumbline_${name}`, help, labelNames, registers: [] }));
  }

  #gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return this.#register(new Gauge({ name: `plumbline_${name}`, help, labelNames, registers: [] }));
  }

  #register<M extends Counter<string> | Gauge<string> | Histogram<string>>(metric: M): M {
    this.#registry.registerMetric(metric);
    return metric;
  }
}
