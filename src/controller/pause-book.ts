import {
  activePauses,
  isHostPaused,
  nextExpiry,
  type PauseOutcome,
  type PauseRequest,
  type Pauses,
  pause,
  pausedGuests,
  resume,
} from './pauses.ts';
import type { Answer, Pause } from './words.ts';

export interface PauseBookParts {
  /** As a controller before us kept them. */
  pauses: Pauses;
  /** Keeps them; returns why it could not. */
  save(pauses: Pauses): string | null;
  onKept(why: string | null): void;
  now(): number;
}

/** What is paused now, kept over restarts. */
export class PauseBook {
  private readonly parts: PauseBookParts;
  private pauses: Pauses;

  constructor(parts: PauseBookParts) {
    this.parts = parts;
    this.pauses = parts.pauses;
  }

  active(): Pause[] {
    return activePauses(this.pauses, this.parts.now());
  }

  isHostPaused(): boolean {
    return isHostPaused(this.pauses, this.parts.now());
  }

  guests(): Set<string> {
    return pausedGuests(this.pauses, this.parts.now());
  }

  nextExpiry(): number | null {
    return nextExpiry(this.pauses, this.parts.now());
  }

  /** `known` are the guests that have a device here or are to have one. */
  pause(request: PauseRequest, known: readonly string[]): { answer: Answer; changed: boolean } {
    return this.take(pause(this.pauses, request, known, this.parts.now()));
  }

  resume(guest: string | null, known: readonly string[]): { answer: Answer; changed: boolean } {
    return this.take(resume(this.pauses, guest, known, this.parts.now()));
  }

  /** Writes what could not be written when it changed. */
  save(): void {
    this.parts.onKept(this.parts.save(this.pauses));
  }

  private take({ pauses, answer }: PauseOutcome): { answer: Answer; changed: boolean } {
    if (pauses === null) return { answer, changed: false };
    this.pauses = pauses;
    this.save();
    return { answer, changed: true };
  }
}
