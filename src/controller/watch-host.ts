import type { Fleet } from '../desired/fleet.ts';
import { givenHere } from '../desired/host.ts';
import type { Loaded } from '../desired/load.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { cacheDirectory, runtimeDirectory, stateDirectory } from '../tools/directories.ts';
import { readGuestTraffic } from '../tools/ip/statistics.ts';
import { takeLock } from '../tools/lock.ts';
import { Daemon } from './daemon.ts';
import { atMost } from './deadline.ts';
import { DesiredState } from './desired-state.ts';
import { goodStore, loadSnapshot } from './good.ts';
import { History, readHistory } from './history.ts';
import { HostLock } from './host-lock.ts';
import { serveHttp } from './http.ts';
import { judge } from './judge.ts';
import type { ListenAddress } from './listen-address.ts';
import { type Log, openLog } from './log.ts';
import type { LogLevel } from './log-line.ts';
import { Metrics } from './metrics.ts';
import { openNotifier } from './notify.ts';
import { loadPauses, savePauses } from './pause-store.ts';
import { Confirmation } from './safety/confirmation.ts';
import { Faults } from './safety/faults.ts';
import { trialStore } from './safety/trial.ts';
import { keepHeapSmall } from './small-heap.ts';
import { controllerSocket } from './socket-path.ts';
import { ControllerRunning, serveSocket } from './socket-server.ts';
import { RUNS_SHOWN } from './status.ts';
import { teller } from './teller.ts';
import { linkMonitor } from './triggers/links.ts';
import { openWatch } from './triggers/opened.ts';
import { ovsMonitor } from './triggers/ovs.ts';
import { releaseWatch } from './triggers/release.ts';
import { servingWatch } from './triggers/serving.ts';
import { hangup, timer } from './triggers/timer.ts';
import { Troubles } from './troubles.ts';
import type { DesiredSource } from './words.ts';

export interface WatchOptions {
  env: NodeJS.ProcessEnv;
  /** --host; null: found as everywhere. */
  host: string | null;
  /** Makes the source; `lastGood` is the commit that the host was last brought to. */
  source(lastGood: () => string | null): DesiredSource;
  /** Problems of signatures of what came since; null: they are not asked for. */
  verify: ((repository: string, from: string | null, to: string) => Promise<Loaded['problems']>) | null;
  listen: ListenAddress | null;
  log: { level: LogLevel; terminal: boolean; color: boolean };
}

/** Seconds between runs that look for what sends no events. */
const TIMER_SECONDS = 60;
/** A run that takes longer than this is stuck, and systemd may start the controller anew. Milliseconds. */
const STUCK_MS = 300_000;

/** SIGTERM ends within two seconds: so long is waited for what a remote or a disk may hold up. Milliseconds. */
const ENDING_MS = 1000;

/** Runs the controller until it is told to end. Returns the exit status; 75 when another controller has the host. */
export async function watchHost(options: WatchOptions): Promise<number> {
  keepHeapSmall();
  const { env } = options;
  const log = openLog(options.log);
  const runtime = runtimeDirectory(env);
  const controllerLock = await takeLock(runtime, 'controller');
  if ('busyPid' in controllerLock) {
    log.error(`another controller (pid ${controllerLock.busyPid ?? 'unknown'}) has this host`);
    return 75;
  }
  const lock = new HostLock(runtime);
  try {
    return await watchLocked(options, log, lock);
  } catch (error) {
    if (!(error instanceof ControllerRunning)) throw error;
    log.error(error.message);
    return 75;
  } finally {
    await lock.release();
    await controllerLock.release();
  }
}

async function watchLocked(options: WatchOptions, log: Log, lock: HostLock): Promise<number> {
  const { env } = options;
  const state = stateDirectory(env);
  const warn = (message: string) => log.warn(message);
  const tell = teller(log);
  const troubles = new Troubles(tell);
  const source = options.source(() => desired.lastSettled?.revision ?? null);
  const faults = new Faults(state);
  const desired: DesiredState = desiredState(options, source, state, { faults, troubles });
  const trials = trialStore(state);
  const kept = loadPauses(state);
  if (kept.warning !== null) warn(kept.warning);
  const { runs } = readHistory(state, { limit: RUNS_SHOWN });
  const daemon = new Daemon({
    env,
    source,
    desired,
    lock,
    trials,
    faults,
    history: new History(state),
    runs,
    surroundings: sandboxSettings(env),
    confirmation: new Confirmation(runtimeDirectory(env)),
    pauses: kept.pauses,
    savePauses: (pauses) => savePauses(state, pauses),
    releases: releaseWatch,
    opens: openWatch,
    troubles,
    serving: (push) => servingWatch(env, push, warn),
    tell,
  });
  await desired.restore();

  const stopped = untilStopped(log);
  const metrics = new Metrics({
    status: () => daemon.memory.status(),
    traffic: readGuestTraffic,
    served: () => daemon.memory.served(env),
    networkOf: (device) => daemon.memory.networkOf(device),
  });
  tell.attach((record, drift) => metrics.observeRun(record, drift));
  const notifier = openNotifier({
    env,
    pid: process.pid,
    isHealthy: () => daemon.busyMs() < STUCK_MS,
    onTrouble: warn,
  });
  daemon.onReady(() => notifier.ready(daemon.memory.status().headline));
  const socket = await serveSocket(controllerSocket(runtimeDirectory(env)), (request) =>
    daemon.answers.answer(request),
  );
  const http =
    options.listen === null
      ? null
      : await serveHttp({
          listen: options.listen,
          stuck: () => (daemon.busyMs() < STUCK_MS ? null : 'a run has not ended for five minutes'),
          ready: () => daemon.isReady,
          status: () => daemon.answers.status(),
          metrics,
          onTrouble: warn,
        });
  if (http !== null) log.info({ port: http.port }, 'HTTP on this machine');

  const { queue } = daemon;
  const watches = [
    linkMonitor(() => queue.push('links'), warn),
    ovsMonitor(env, () => queue.push('ovs'), warn),
    timer(TIMER_SECONDS, () => queue.push('timer')),
    hangup(() => queue.push('signal')),
  ];
  // Each tells of itself when it watches, which may take as long as the kernel's lock on links is another's.
  for (const watch of watches) void watch.start();
  await source.start(() => queue.push('desired'));
  log.info(`watching ${source.description}`);
  queue.push('start');

  await stopped;
  notifier.stopping();
  for (const watch of watches) watch.close();
  // At once: a remote that is silent, a probe and a batch take as long as the longest of them.
  await Promise.all([atMost(ENDING_MS, source.close()), daemon.close()]);
  const told = Promise.all([http?.close(), socket.close(), notifier.close()]);
  await atMost(ENDING_MS / 4, told);
  log.info('ended; guests and their devices are left as they are');
  endWithoutOthers();
  return 0;
}

/** A program that hangs, such as a ping or an ssh, keeps nobody waiting; the kernel ends it with us. */
function endWithoutOthers(): void {
  setTimeout(() => process.exit(), ENDING_MS / 4).unref();
}

function desiredState(
  options: WatchOptions,
  source: DesiredSource,
  state: string,
  { faults, troubles }: { faults: Faults; troubles: Troubles },
): DesiredState {
  const { env, verify } = options;
  const { repository } = source;
  const cache = cacheDirectory(env);
  const given = givenHere(options.host, env);
  return new DesiredState({
    source,
    judge: (loaded: Loaded, lastGood: Fleet | null) => judge(loaded, given, lastGood),
    loadSnapshot: (snapshot) => loadSnapshot(snapshot, { cache }),
    store: goodStore(state, (message) => troubles.add(message, null)),
    faults,
    verify: verify === null || repository === null ? null : (from, to) => verify(repository, from, to),
    onKept: (why) => troubles.keep('good', why),
    onTrouble: (why) => troubles.add(why, null),
    now: () => Date.now(),
  });
}

/** SIGTERM and Ctrl-C end between two batches. */
function untilStopped(log: Log): Promise<void> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      log.info(`${signal}: ending after this batch`);
      resolve();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
}
