import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runTool } from '../tools/spawn.ts';
import { SandboxBroken } from './isolation.ts';

/** What the sandbox has of its own below /run, so never the machine's. */
const PRIVATE = new Set(['netns', 'openvswitch', 'ovn', 'plumbline', 'lock', 'dnsmasq']);
/** The entries of /run that a program with these (real, absolute) paths needs to see. Pure. */
export function keptOfRun(paths: readonly string[]): string[] {
  const kept = new Set<string>();
  for (const path of paths) {
    const entry = relative('/run', path).split('/')[0] ?? '';
    if (entry !== '' && entry !== '..' && !PRIVATE.has(entry)) kept.add(entry);
  }
  return [...kept].sort();
}

/**
 * Gives this mount namespace a /run of its own, in memory, and the /sys of this network namespace. `kept` entries of
 * the old /run stay visible. Throws when the kernel refuses.
 */
export async function privateMounts(kept: readonly string[]): Promise<void> {
  // The old /run is only to be seen until the new one covers it, so what is kept is gathered under /sys first, which
  // is covered afresh in the end.
  const stage = kept.length > 0 ? '/sys' : '/run';
  await mount(['-t', 'tmpfs', '-o', 'mode=0755', 'plumbline', stage]);
  for (const entry of kept) {
    mkdirSync(join(stage, entry));
    await mount(['--rbind', join('/run', entry), join(stage, entry)]);
  }
  if (stage !== '/run') await mount(['--rbind', stage, '/run']);
  await mount(['-t', 'sysfs', 'plumbline', '/sys']);
}

async function mount(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runTool('mount', args, { timeoutMs: 10_000 });
  if (exitCode === 0) return;
  throw new SandboxBroken(
    `the sandbox cannot have mounts of its own: mount ${args.join(' ')}: ${stderr.trim()}`,
  );
}
