import { sandboxSettings } from '../sandbox/settings.ts';
import { stateDirectory } from '../tools/directories.ts';
import { messageOf } from '../tools/result.ts';
import type { Io } from './io.ts';
import type { OpenedTask } from './session.ts';

/** A copy of the documents that were applied, which a later `apply --confirm` goes back to. */
export class AppliedCopy {
  readonly #opened: OpenedTask;
  readonly #io: Io;
  #write: Promise<() => void> | null = null;

  constructor(opened: OpenedTask, io: Io) {
    this.#opened = opened;
    this.#io = io;
  }

  /** Begins with it, while there is time. */
  async prepare(): Promise<void> {
    if (sandboxSettings(this.#io.env) !== null) return;
    // Why it cannot be had is told when it is to be kept.
    await this.#prepared().catch(() => {});
  }

  /** Its lack fails no apply. */
  async keep(): Promise<void> {
    if (sandboxSettings(this.#io.env) !== null) return;
    try {
      const write = await this.#prepared();
      write();
    } catch (error) {
      this.#io.stderr.write(
        `What was applied could not be kept for a later apply --confirm to go back to: ${messageOf(error)}\n`,
      );
    }
  }

  #prepared(): Promise<() => void> {
    this.#write ??= this.#begin();
    return this.#write;
  }

  async #begin(): Promise<() => void> {
    const { task, loaded } = this.#opened;
    const { appliedFile } = await import('../controller/safety/applied.ts');
    return appliedFile(stateDirectory(this.#io.env), { host: task.host, texts: await loaded.texts() });
  }
}
