import { readFileSync, writeFileSync } from 'node:fs';
import { deleteLinks } from '../../../src/tools/ip/delete.ts';
import type { StepResult } from '../../../src/tools/result.ts';

/**
 * Deletes links while a stranger follows `leader` into its group, right after the links were put there and before the
 * members are read (progress is told between the two). sysfs writes at once, without a process.
 */
export async function deleteWhileJoining(
  links: { index: number; name: string }[],
  leader: string,
  stranger: string,
): Promise<{ results: Map<number, StepResult>; groups: string[] }> {
  const groups: string[] = [];
  const results = await deleteLinks(links, {
    onProgress() {
      const group = groupOf(leader);
      if (group === null || groups.length >= 2) return;
      groups.push(group);
      writeFileSync(`/sys/class/net/${stranger}/netdev_group`, group);
    },
  });
  return { results, groups };
}

function groupOf(name: string): string | null {
  try {
    return readFileSync(`/sys/class/net/${name}/netdev_group`, 'utf8').trim();
  } catch {
    return null;
  }
}
