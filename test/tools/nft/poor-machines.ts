import { spawnSync } from 'node:child_process';
import type { FirewallReading } from '../../../src/tools/nft/read.ts';
import { readFirewall } from '../../../src/tools/nft/read.ts';
import type { NftStep } from '../../../src/tools/nft/run.ts';
import { runNft } from '../../../src/tools/nft/run.ts';
import { findProgram } from '../../../src/tools/programs.ts';
import type { StepResult } from '../../../src/tools/result.ts';

type Both = { results: Map<string, StepResult>; reading: FirewallReading };

/** Where nft is not installed. For a process in a mount namespace of its own, as `ip netns exec` makes one. */
export function withoutNft(steps: NftStep[]): Promise<Both> {
  // Not by `findProgram`, which remembers what it found.
  const directory = ['/usr/sbin', '/sbin', '/usr/bin'].find((one) => findProgram(`${one}/nft`) !== null);
  mount('--bind', '/dev/null', `${directory}/nft`);
  return both(steps);
}

/** Where /etc has no names of protocols and services. */
export function withoutEtc(steps: NftStep[]): Promise<Both> {
  mount('-t', 'tmpfs', 'none', '/etc');
  return both(steps);
}

export async function both(steps: NftStep[]): Promise<Both> {
  const results = await runNft(steps);
  return { results, reading: await readFirewall() };
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${args.join(' ')} failed: ${stderr}`);
}
