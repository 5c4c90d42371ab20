import type { LinkState } from '../../model/host.ts';
import { linkMark } from '../../model/mark.ts';
import type { ServiceSpec } from '../../model/specs.ts';
import { readLinks } from '../ip/read.ts';
import { findProgram } from '../programs.ts';
import { runTool } from '../spawn.ts';
import { runForEach } from '../spawn-each.ts';

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
/** As long as `ip` and nft: all of them wait for the kernel's one lock of networks, which a big removal holds for seconds. */
const TIMEOUT_MS = 60_000;
const LINES = 3;

/** Whether DHCP replies for IPv4 go out. DHCPv6 clients use sockets, which take care of it. */
export function servesDhcp4({ config }: ServiceSpec): boolean {
  return config.includes('dhcp-authoritative');
}

/** By link: what went wrong. */
export async function fillChecksums(links: readonly string[]): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  if (links.length === 0 || findProgram('tc') === null) return refused;
  const stderr = await runTc(links.map(fillLines));
  const failed = complaints(stderr);
  // The first two lines of a link fail where it is as it is to be.
  const lacking = links.filter((_, i) => LACKS.test(failed.get(LINES * i + LINES) ?? ''));
  for (const [i, link] of links.entries()) {
    const words = failed.get(LINES * i + LINES);
    if (words !== undefined && !lacking.includes(link)) refused.set(link, `tc: ${words}`);
  }
  if (lacking.length > 0) {
    const made = lacking.filter((link) => !failed.has(LINES * links.indexOf(link) + 1));
    await runTc(made.map((link) => `qdisc del dev ${link} clsact\n`));
    await turnOffOffload(lacking);
  }
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

/** All of these, whatever becomes of one; returns what tc says of that. */
async function runTc(lines: readonly string[]): Promise<string> {
  if (lines.length === 0) return '';
  const options = { stdin: lines.join(''), timeoutMs: TIMEOUT_MS };
  return (await runTool('tc', ['-force', '-batch', '-'], options)).stderr;
}

/** By line number: tc(8) says what is wrong, then `Command failed -:N`. */
function complaints(stderr: string): Map<number, string> {
  const found = new Map<number, string>();
  let words: string[] = [];
  for (const text of stderr.split('\n')) {
    const line = /^Command failed .*:(\d+)$/.exec(text)?.[1];
    if (line === undefined) {
      words.push(text);
      continue;
    }
    found.set(Number(line), words.join(' ').trim());
    words = [];
  }
  return found;
}

/** The kernel then fills checksums in before packets leave by the link, all of them. */
async function turnOffOffload(links: readonly string[]): Promise<void> {
  if (findProgram('ethtool') === null) return;
  // Read anew: one that was somebody else's when the run began may have been taken over in it.
  const strangers = strangersAmong(links, await readLinks());
  const own = links.filter((link) => !strangers.includes(link));
  await runForEach('ethtool', (link) => ['-K', link, 'tx', 'off'], own, {
    timeoutMs: TIMEOUT_MS,
    harmless: true,
  });
}

/** Takes our filter off links that are not ours, for they stay. `seen`: all links; null: they are read. */
export async function leaveChecksums(
  links: readonly string[],
  seen: readonly LinkState[] | null,
): Promise<void> {
  if (links.length === 0 || findProgram('tc') === null) return;
  const strangers = strangersAmong(links, seen ?? (await readLinks()));
  await runTc(strangers.map((link) => `filter del dev ${link} egress protocol ip prio ${PRIORITY}\n`));
  await Promise.all(
    strangers.map(async (link) => {
      const shown = ['ingress', 'egress'].map((hook) =>
        runTool('tc', ['filter', 'show', 'dev', link, hook], { timeoutMs: TIMEOUT_MS, harmless: true }),
      );
      // What the filter hung on goes too, unless others use it.
      const isEmpty = (await Promise.all(shown)).every(
        ({ exitCode, stdout }) => exitCode === 0 && stdout === '',
      );
      if (isEmpty) await runTc([`qdisc del dev ${link} clsact\n`]);
    }),
  );
}

function strangersAmong(names: readonly string[], links: readonly LinkState[]): string[] {
  return links.flatMap((link) =>
    names.includes(link.name) && linkMark(link).is !== 'ours' ? [link.name] : [],
  );
}
