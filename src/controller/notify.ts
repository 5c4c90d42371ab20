import { findProgram } from '../tools/programs.ts';
import { messageOf } from '../tools/result.ts';
import { runTool } from '../tools/spawn.ts';

/** Tells systemd how the service is (sd_notify(3)); silent where systemd did not start it. */
export interface Notifier {
  ready(status: string): void;
  /** The line that `systemctl status` shows. */
  status(text: string): void;
  stopping(): void;
  /** Resolves when all that was said has been taken. */
  close(): Promise<void>;
}

export interface NotifyOptions {
  env: NodeJS.ProcessEnv;
  pid: number;
  /** Asked before each sign of life: a loop that is stuck gives none, and systemd starts the service anew. */
  isHealthy(): boolean;
  onTrouble(what: string): void;
}

/** A message that is not taken in this time is given up, for the next one says more. Milliseconds. */
const TIMEOUT = 10_000;
const SILENT: Notifier = { ready() {}, status() {}, stopping() {}, close: async () => {} };

/**
 * By systemd-notify(1), for Node has no datagram sockets of the unix kind. The unit needs `NotifyAccess=all`: what a
 * process says that is not the main one is not listened to otherwise.
 */
export function openNotifier(options: NotifyOptions): Notifier {
  const { env, isHealthy, onTrouble } = options;
  const socket = env.NOTIFY_SOCKET;
  if (!socket) return SILENT;
  if (findProgram('systemd-notify') === null) {
    onTrouble(
      'systemd waits for word of this service, and systemd-notify is not installed (package systemd)',
    );
    return SILENT;
  }
  let last: Promise<void> = Promise.resolve();
  const say = (...words: string[]) => {
    // One after another: READY must not be overtaken by what was said later.
    last = last.then(() => notify(socket, words, onTrouble));
  };
  const interval = watchdogInterval(env, options.pid);
  const timer =
    interval === null
      ? null
      : setInterval(() => {
          if (isHealthy()) say('WATCHDOG=1');
        }, interval).unref();
  return {
    ready: (status) => say('READY=1', `STATUS=${oneLine(status)}`),
    status: (text) => say(`STATUS=${oneLine(text)}`),
    stopping() {
      if (timer !== null) clearInterval(timer);
      say('STOPPING=1');
    },
    async close() {
      if (timer !== null) clearInterval(timer);
      await last;
    },
  };
}

/** Half of what systemd waits, as sd_watchdog_enabled(3) advises; null where it does not wait for us. Milliseconds. */
export function watchdogInterval(env: NodeJS.ProcessEnv, pid: number): number | null {
  const microseconds = Number(env.WATCHDOG_USEC);
  if (!env.WATCHDOG_USEC || !Number.isFinite(microseconds) || microseconds <= 0) return null;
  if (env.WATCHDOG_PID && Number(env.WATCHDOG_PID) !== pid) return null;
  return Math.max(1, Math.floor(microseconds / 2000));
}

async function notify(
  socket: string,
  words: readonly string[],
  onTrouble: (what: string) => void,
): Promise<void> {
  try {
    const { exitCode, stderr } = await runTool('systemd-notify', words, {
      timeoutMs: TIMEOUT,
      env: { NOTIFY_SOCKET: socket },
    });
    if (exitCode !== 0) onTrouble(`systemd could not be told ${words[0]}: ${stderr.trim()}`);
  } catch (error) {
    onTrouble(`systemd could not be told ${words[0]}: ${messageOf(error)}`);
  }
}

/** A line break would begin another assignment. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
