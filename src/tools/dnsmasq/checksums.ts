import { linkMark } from '../../model/mark.ts';
import type { ServiceSpec } from '../../model/specs.ts';
import { readLinks } from '../ip/read.ts';
import { findProgram } from '../programs.ts';
import { runTool } from '../spawn.ts';

/*
 * What a host itself sends to a guest by a virtual link has its UDP checksum left to be filled in by whoever needs it:
 * nobody. A guest's kernel knows that by the packet's metadata, a DHCP client that reads packets raw may not, and drops
 * them. So the kernel fills them in for DHCP replies where it has tc's `csum`, at no cost for anything else. Where it
 * has not, links of ours do without the offload; on others' links that is not for us to say.
 */

/** Of our filter, to find it again: an arbitrary one ("plu"). It leaves others' filters alone. */
const PRIORITY = 0x706c;
/** What tc says where the kernel lacks a part. */
const LACKS = /TC action module|TC classifier not found|qdisc kind is unknown/;
const TIMEOUT_MS = 10_000;
const LINES = 3;

/** Whether DHCP replies for IPv4 go out. DHCPv6 clients use sockets, which take care of it. */
export function servesDhcp4({ config }: ServiceSpec): boolean {
  return config.includes('dhcp-authoritative');
}

/** By link: what went wrong. */
export async function fillChecksums(links: readonly string[]): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  if (links.length === 0 || findProgram('tc') === null) return refused;
  const { stderr } = await runTool('tc', ['-force', '-batch', '-'], {
    stdin: links.map(fillLines).join(''),
    timeoutMs: TIMEOUT_MS,
  });
  const lacking: string[] = [];
  for (const { line, words } of complaints(stderr)) {
    // The first two lines fail where all is as it is to be.
    const link = line % LINES === 0 ? links[line / LINES - 1] : undefined;
    if (link === undefined) continue;
    if (LACKS.test(words)) lacking.push(link);
    else refused.set(link, `tc: ${words}`);
  }
  if (lacking.length > 0) await turnOffOffload(lacking);
  return refused;
}

function fillLines(link: string): string {
  const filter = `dev ${link} egress protocol ip prio ${PRIORITY}`;
  return [
    `qdisc add dev ${link} clsact`,
    `filter del ${filter}`,
    `filter add ${filter} u32 match ip protocol 17 0xff match ip dport 68 0xffff action csum ip and udp`,
    '',
  ].join('\n');
}

/** tc(8) with -force: what it says, then `Command failed -:N`. */
function complaints(stderr: string): { line: number; words: string }[] {
  const found: { line: number; words: string }[] = [];
  let words: string[] = [];
  for (const text of stderr.split('\n')) {
    const line = /^Command failed .*:(\d+)$/.exec(text)?.[1];
    if (line === undefined) {
      words.push(text);
      continue;
    }
    found.push({ line: Number(line), words: words.join(' ').trim() });
    words = [];
  }
  return found;
}

/** The kernel then fills checksums in before packets leave by the link, all of them. */
async function turnOffOffload(links: readonly string[]): Promise<void> {
  if (findProgram('ethtool') === null) return;
  const ours = new Set(
    (await readLinks()).flatMap((link) => (linkMark(link).is === 'ours' ? [link.name] : [])),
  );
  await Promise.all(
    links
      .filter((link) => ours.has(link))
      .map((link) => runTool('ethtool', ['-K', link, 'tx', 'off'], { timeoutMs: TIMEOUT_MS })),
  );
}

/** Takes our filter off these links: they may be others', and stay. */
export async function leaveChecksums(links: readonly string[]): Promise<void> {
  if (links.length === 0 || findProgram('tc') === null) return;
  const stdin = links.map((link) => `filter del dev ${link} egress prio ${PRIORITY}\n`).join('');
  await runTool('tc', ['-force', '-batch', '-'], { stdin, timeoutMs: TIMEOUT_MS });
}
