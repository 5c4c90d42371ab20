import type { NetworkSummary } from '../model/plan.ts';
import type { ServiceStatus } from '../model/status.ts';
import type { RunningService } from '../tools/dnsmasq/running.ts';

/** By network, the dnsmasq of each that is to have one, with its leases: as they are in this moment. */
export async function readServed(
  networks: readonly NetworkSummary[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, ServiceStatus>> {
  const served = networks.filter(({ serving }) => serving?.service);
  if (served.length === 0) return new Map();
  const { countLeases, findRunning } = await import('../tools/dnsmasq/running.ts');
  const running: ReadonlyMap<string, RunningService> = await findRunning(env);
  const now = Date.now();
  return new Map(
    served.map(({ name }) => [
      name,
      { pid: running.get(name)?.pid ?? null, leases: countLeases(name, env, now) ?? 0 },
    ]),
  );
}
