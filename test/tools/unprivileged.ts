import { findHolders, type GuestDevice } from '../../src/tools/holders.ts';

/** As an account that may look into no other process. */
export function findHoldersAsNobody(links: GuestDevice[]): ReturnType<typeof findHolders> {
  process.setgroups?.([]);
  process.setgid?.(65534);
  process.setuid?.(65534);
  return findHolders(links);
}
