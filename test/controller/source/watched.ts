import { expect, onTestFinished, vi } from 'vitest';
import type { DesiredSource } from '../../../src/controller/words.ts';

/** A source that is watched until the test ends, and how often it called. */
export async function watched(source: DesiredSource): Promise<{ calls(): number }> {
  let calls = 0;
  onTestFinished(() => source.close());
  await source.start(() => {
    calls += 1;
  });
  return { calls: () => calls };
}

/** Waits until the source has called again since `before` and offers this revision; nothing asks it meanwhile. */
export async function calledFor(
  source: DesiredSource,
  { calls }: { calls(): number },
  before: number,
  revision: string,
): Promise<void> {
  await vi.waitFor(() => expect(calls()).toBeGreaterThan(before), { timeout: 20_000, interval: 10 });
  await vi.waitFor(async () => expect((await source.candidate()).revision).toBe(revision), {
    timeout: 20_000,
  });
}

/** The MTU of network red in what the source offers now. */
export async function mtuOf(source: DesiredSource): Promise<number | undefined> {
  const { fleet } = await (await source.candidate()).load();
  return fleet.networks.get('red')?.spec.mtu;
}
