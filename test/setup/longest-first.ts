import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * The files that take longest, the longest first, as measured over a whole run: a new machine has no durations of former
 * runs to order by, and one of these begun late is what the run then waits for with all else done. A file that is missing
 * here costs some seconds at the end of a run, and nothing else.
 */
const LONGEST = [
  'run/serving-crash',
  'run/move-addresses',
  'run/crash',
  'migrate/migrate',
  'controller/watch/restarts',
  'tools/dnsmasq/life',
  'live/libvirt',
  'live/qemu',
  'debian/kernel',
  'migrate/controllers',
  'tools/nft/run',
  'controller/watch/moves',
  'kinds/serving-kernel',
  'controller/watch/safety',
  'run/claim',
  'migrate/interrupted',
  'tools/dnsmasq/lease',
  'run/moves',
  'run/released',
  'run/virtual/guests',
  'run/libvirt/networks',
  'controller/watch/drift',
  'run/crash-ovs',
  'run/failure-ovs',
  'tools/holders',
  'controller/watch/requests',
  'run/virtual/sudden-end',
  'run/exec/exec',
  'tools/nft/reachability',
  'run/virtual/streams',
  'run/confirm',
  'run/virtual/served-guests',
  'sandbox/sandbox',
].map((name) => `test/${name}.test.ts`);

/**
 * The longest files first, then the others in vitest's own order, and last those that share a process: only neighbours do,
 * and they are mostly short, so that no worker is left alone at the end.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const gone = LONGEST.find((path) => !existsSync(`${root}/${path}`));
    if (gone !== undefined) throw new Error(`test/setup/longest-first.ts names ${gone}, which is not there`);
    const place = ({ moduleId, project }: TestSpecification) => {
      const rank = LONGEST.indexOf(relative(root, moduleId));
      if (rank >= 0) return rank;
      return project.config.isolate ? LONGEST.length : LONGEST.length + 1;
    };
    const own = await super.sort(files);
    return own.toSorted((a, b) => place(a) - place(b));
  }
}
