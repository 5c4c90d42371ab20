/** Exit statuses; those above 63 are of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** Invalid documents, a host not converged, a plan that cannot tell. */
  failed: 1,
  /** `plan --exit-code`: there are changes. `apply`: converged but for what is held back. */
  pending: 2,
  /** `status` and whatever else asks a controller: none runs here. */
  noController: 2,
  /** EX_USAGE */
  usage: 64,
  /** EX_SOFTWARE: a bug of ours. */
  bug: 70,
  /** EX_TEMPFAIL: another run has the host. */
  busy: 75,
  /** `exec`, as env(1): it did not come to the program, whose own statuses are mostly smaller. */
  notStarted: 125,
} as const;

/** Ends a command with a status and, unless empty, a message for standard error. The one way to choose both. */
export class ExitError extends Error {
  override name = 'ExitError';
  readonly code: number;
  readonly hint: string | null;
  constructor(code: number, message: string, hint: string | null = null) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** The command line was used wrongly. `command` is the one whose usage helps, null when none was named. */
export class UsageError extends ExitError {
  override name = 'UsageError';
  readonly command: string | null;
  constructor(command: string | null, message: string, hint: string | null = null) {
    super(EXIT.usage, message, hint);
    this.command = command;
  }
}
