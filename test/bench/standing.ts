import { execFileSync } from 'node:child_process';

interface Entry {
  ifname: string;
  flags: string[];
  ifalias?: string;
  master?: string;
  link?: string;
  linkinfo?: { info_kind?: string; info_data?: { mode?: string } };
}

/**
 * What stands of ours, without names of its own choice: two ways to one end must give equal texts. That a link has no
 * IPv6 of the host is said by `addrgenmode` or by a setting of the kernel, and left out.
 */
export function standing(): string {
  const text = execFileSync('ip', ['-j', '-d', 'link', 'show'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const entries: Entry[] = JSON.parse(text);
  return entries
    .filter((entry) => entry.ifalias?.startsWith('plumbline:'))
    .map(({ ifname, ifalias, flags, master, linkinfo }) =>
      [ifname, ifalias, flags.includes('UP'), master, linkinfo?.info_kind, linkinfo?.info_data?.mode].join(
        ' ',
      ),
    )
    .sort()
    .join('\n');
}

/** Removes all links of these kinds, by the fast way; not measured. */
export function sweep(): void {
  const group = '4242';
  const text = execFileSync('ip', ['-j', '-d', 'link', 'show'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const entries: Entry[] = JSON.parse(text);
  const names = entries
    .filter(({ linkinfo }) => ['macvtap', 'tun', 'bridge'].includes(linkinfo?.info_kind ?? ''))
    .map(({ ifname }) => ifname);
  if (names.length === 0) return;
  const input = names.map((name) => `link set dev ${name} group ${group}\n`).join('');
  execFileSync('ip', ['-batch', '-'], { input });
  execFileSync('ip', ['link', 'delete', 'group', group]);
}
