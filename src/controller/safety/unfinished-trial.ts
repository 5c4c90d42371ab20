import type { DesiredState } from '../desired-state.ts';
import { awaitProbes, probeProblems, retryDelayMs } from './guard-run.ts';
import type { trialStore } from './trial.ts';

/**
 * A controller before us was killed between a change and its probes. If they fail, its revision is rejected before it
 * is looked at again, and the last settled state, which is the current one now, brings the host back.
 */
export async function awaitUnfinishedTrial(
  trials: ReturnType<typeof trialStore>,
  desired: DesiredState,
  warn: (message: string) => void,
): Promise<void> {
  const trial = trials.unfinished();
  if (trial === null) return;
  const { revision, passed, timeoutMs } = trial;
  const verdict = await awaitProbes(passed, { timeoutMs });
  const good = desired.current;
  if (verdict.is === 'failed' && good !== null && good.revision !== revision) {
    const problems = probeProblems(verdict.failing, timeoutMs);
    desired.takeBack(revision, good, problems, Date.now() + retryDelayMs(1));
    warn(
      'an earlier controller ended before its change was proved, and a probe fails: its revision is rejected',
    );
  }
  trials.end();
}
