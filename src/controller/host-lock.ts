import { type Lock, takeLock } from '../tools/lock.ts';

/**
 * The host's lock, which is the controller's while it may change things: an `apply` beside it finds the host taken, and
 * finds it free while everything is paused.
 */
export class HostLock {
  private readonly directory: string;
  private lock: Lock | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Whether it is ours now. */
  async take(): Promise<boolean> {
    if (this.lock !== null) return true;
    const taken = await takeLock(this.directory);
    if ('busyPid' in taken) return false;
    this.lock = taken;
    return true;
  }

  async release(): Promise<void> {
    const { lock } = this;
    this.lock = null;
    await lock?.release();
  }
}
