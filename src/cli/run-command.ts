import type { CommandName } from './commands.ts';
import type { Io } from './io.ts';

/** Each command is a file of its own, loaded when it is asked for: `--help` costs no more than an empty program. */
const RUN: Record<CommandName, () => Promise<{ run(argv: string[], io: Io): Promise<number> }>> = {
  check: () => import('./check.ts'),
  plan: () => import('./plan.ts'),
  apply: () => import('./apply.ts'),
  teardown: () => import('./teardown.ts'),
  watch: () => import('./watch.ts'),
  status: () => import('./status.ts'),
  history: () => import('./history.ts'),
  pause: () => import('./pause.ts'),
  resume: () => import('./resume.ts'),
  reconcile: () => import('./reconcile.ts'),
  approve: () => import('./approve.ts'),
  confirm: () => import('./confirm.ts'),
  migrate: () => import('./migrate.ts'),
  claim: () => import('./claim.ts'),
  release: () => import('./release.ts'),
  exec: () => import('./exec.ts'),
  doctor: () => import('./doctor.ts'),
  where: () => import('./where.ts'),
  'can-migrate': () => import('./can-migrate.ts'),
  'libvirt interfaces': () => import('./libvirt-interfaces.ts'),
  'libvirt import': () => import('./libvirt-import.ts'),
  'libvirt networks': () => import('./libvirt-networks.ts'),
  schema: () => import('./schema.ts'),
};

/** Runs a command in this process. */
export async function runCommand(name: CommandName, argv: string[], io: Io): Promise<number> {
  const { run } = await RUN[name]();
  return run(argv, io);
}
