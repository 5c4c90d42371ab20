import { ReadFailed } from './ip/dump.ts';
import { UnsafeDirectory } from './lock.ts';
import { OvsdbRefused, OvsdbUnreachable, VswitchdSilent } from './ovsdb/errors.ts';
import { ToolMissing } from './programs.ts';
import { ToolTimeout } from './spawn.ts';

const MACHINE_ERRORS = [
  OvsdbRefused,
  OvsdbUnreachable,
  ReadFailed,
  ToolMissing,
  ToolTimeout,
  UnsafeDirectory,
  VswitchdSilent,
];

/**
 * Whether it is this machine that cannot, and no bug of ours. A full disk or a missing right is none either: Node marks
 * such errors with the system call.
 */
export function isMachineError(error: unknown): error is Error {
  return (
    error instanceof Error && (MACHINE_ERRORS.some((kind) => error instanceof kind) || 'syscall' in error)
  );
}
