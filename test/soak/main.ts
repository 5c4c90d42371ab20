import { setTimeout as pause } from 'node:timers/promises';
import { until, withNamespace } from '../support/netns.ts';
import { Churn } from './churn.ts';
import { startController } from './controller.ts';

/** How long, in seconds: 600, or $PLUMBLINE_SOAK_SECONDS. */
const SECONDS = Number(process.env.PLUMBLINE_SOAK_SECONDS ?? 600);
/** What the memory at the end is held against: everything is loaded and has run by then. */
const SETTLED_SECONDS = 60;
/** At the end there may be a tenth more. */
const GROWTH = 1.1;
/** One reading says little, as the collector of garbage comes and goes: the median of so many, one each second. */
const READINGS = 15;

const [directory] = process.argv.slice(2);
if (directory === undefined || !(SECONDS >= SETTLED_SECONDS + 2 * READINGS)) {
  console.error(
    `run it by npm run soak, for at least ${SETTLED_SECONDS + 2 * READINGS} s ($PLUMBLINE_SOAK_SECONDS)`,
  );
  process.exit(64);
}

process.exitCode = await withNamespace(async (ns) => {
  const churn = new Churn(ns, `${directory}/fleet`);
  churn.commit();
  const controller = startController(ns, directory, churn.desired);
  let ended = false;
  controller.ended.then(() => {
    ended = true;
  });
  const caughtUp = () =>
    until(
      'the newest commit is applied',
      async () => (await controller.applied()) === churn.head(),
      10,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${controller.log()}`, { cause: error });
    });
  await caughtUp();

  const readings: number[] = [];
  const began = Date.now();
  const seconds = () => (Date.now() - began) / 1000;
  while (seconds() < SECONDS && !ended) {
    churn.step();
    // Load with gaps, so that events come while a run is under way and while none is.
    await pause(Math.random() * 300);
    while (readings.length < seconds()) readings.push(controller.residentMegabytes());
  }
  if (ended) {
    console.error(`the controller ended by itself:\n${controller.log()}`);
    return 1;
  }
  await caughtUp();

  const settled = median(readings.slice(SETTLED_SECONDS - READINGS, SETTLED_SECONDS));
  const last = median(readings.slice(-READINGS));
  const ok = last <= settled * GROWTH;
  console.log(
    `${churn.steps} steps in ${Math.round(seconds())} s; resident ${settled} MB after the first minute, ` +
      `${last} MB at the end, at most ${Math.max(...readings)} MB: ${ok ? 'good' : 'too much'}`,
  );
  await controller.end();
  return ok ? 0 : 1;
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
