import { DONE, failed, type StepResult } from '../result.ts';
import { runTool } from '../spawn.ts';

const LONGEST_MS = 5_000;
const PAUSE_MS = 5;

/** Waits until another program has made a link. */
export async function waitForLink(name: string): Promise<StepResult> {
  for (const end = Date.now() + LONGEST_MS; ; ) {
    const { exitCode } = await runTool('ip', ['link', 'show', 'dev', name]);
    if (exitCode === 0) return DONE;
    if (Date.now() > end) return failed(`the link ${name} has not come in ${LONGEST_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
