/** What became of one step. `message` is the tool's own, in one line, for the report. */
export type StepResult = { ok: true } | { ok: false; message: string };

export const DONE: StepResult = { ok: true };

export function failed(message: string): StepResult {
  return { ok: false, message };
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error (`ENOENT` …), null for any other. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
