import { findProgram, ToolMissing } from '../tools/programs.ts';
import { runTool } from '../tools/spawn.ts';

/** How this machine lets us have namespaces of our own. */
export type Isolation = { args: string[]; rootless: boolean };

/** unshare(1). Private propagation: no mount of ours shows outside. `--kill-child`: nothing outlives unshare. */
const NAMESPACES = [
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--propagation',
  'private',
];
/** A user namespace first, in which we are root over the others (user_namespaces(7)). */
const ROOTLESS = ['--user', '--map-root-user'];

/** Raised where the kernel refuses what a sandbox is built of. */
export class SandboxBroken extends Error {
  override name = 'SandboxBroken';
}

/** Raised where no namespaces are to be had; says what was tried and why each failed. */
export class NoSandbox extends Error {
  override name = 'NoSandbox';
}

/** The first way that works here, each tried out by an empty program: as root, else through a user namespace. */
export async function findIsolation(): Promise<Isolation> {
  if (findProgram('unshare') === null) throw new ToolMissing('unshare');
  const ways: Isolation[] = [{ args: [...ROOTLESS, ...NAMESPACES], rootless: true }];
  if (process.getuid?.() === 0) ways.unshift({ args: NAMESPACES, rootless: false });
  const refusals: string[] = [];
  for (const way of ways) {
    const { exitCode, stderr } = await runTool('unshare', [...way.args, '--', 'true'], { timeoutMs: 60_000 });
    if (exitCode === 0) return way;
    refusals.push(
      `  ${way.rootless ? 'through a user namespace' : 'as root'}: ${stderr.trim() || `exit ${exitCode}`}`,
    );
  }
  throw new NoSandbox(
    `a sandbox needs network, mount and process namespaces of its own, and this machine refuses them:
${refusals.join('\n')}
  What decides: kernel.unprivileged_userns_clone, user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns, and the limits of a container.`,
  );
}
