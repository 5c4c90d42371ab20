import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';
import { corpus, imported } from './imported.ts';
import { DOUBTFUL } from './refused-by-libvirt.ts';

/**
 * A libvirtd of its own: private directories and links, gone with its first process. It defines each file of $1, and says
 * `yes FILE`, or `no FILE` and why.
 */
const SCRIPT = `
set -e
mount --make-rprivate /
for one in /run /var/lib/libvirt /etc/libvirt/qemu /var/cache/libvirt /var/log/libvirt; do
  mkdir -p "$one"; mount -t tmpfs none "$one"
done
mkdir -p /run/libvirt /etc/libvirt/qemu/networks
ip link set lo up
printf '%s\\n' 'unix_sock_dir = "/run/libvirt"' 'auth_unix_rw = "none"' 'host_uuid = "00000000-0000-4000-8000-000000000001"' > /run/libvirtd.conf
libvirtd -f /run/libvirtd.conf 2>/dev/null &
until virsh -q -c qemu:///system uri >/dev/null 2>&1; do kill -0 $! || exit 1; sleep 0.05; done
for one in "$1"/*.xml; do
  if why=$(virsh -q -c qemu:///system net-define "$one" 2>&1); then
    echo "yes \${one##*/}"
    virsh -q -c qemu:///system net-undefine "$(sed -n 's:.*<name>\\(.*\\)</name>.*:\\1:p' "$one" | head -n 1)" >/dev/null
  else
    echo "no \${one##*/} $(echo $why)"
  fi
done
kill $!
`;

const NAMESPACES = ['--net', '--mount', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child'];

describeNeeding(['root', 'libvirt'], 'beside a real libvirt', () => {
  let directory = '';
  const verdicts = new Map<string, { taken: boolean; why: string }>();
  const doubtful = DOUBTFUL.map((inside, index) => ({
    file: `doubtful-${index}.xml`,
    inside,
    text: `<network><name>doubtful-${index}</name>${inside}</network>`,
  }));
  const networks = Object.entries(corpus()).filter(([, text]) => text.includes('<network'));

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'plumbline-libvirt-'));
    for (const { file, text } of doubtful) writeFileSync(join(directory, file), text);
    for (const [file, text] of networks) {
      if (/<\/network>/.test(text)) writeFileSync(join(directory, file), text);
    }
    const { stdout, stderr, status } = await runProgram('unshare', [
      ...NAMESPACES,
      'sh',
      '-c',
      SCRIPT,
      'sh',
      directory,
    ]);
    for (const line of stdout.split('\n')) {
      const [, word, file = '', why = ''] = /^(yes|no) (\S+)(.*)$/.exec(line) ?? [];
      if (word !== undefined) verdicts.set(file, { taken: word === 'yes', why });
    }
    if (verdicts.size === 0) throw new Error(`libvirtd said nothing (${status}): ${stderr}`);
  }, 120_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('takes our corpus', () => {
    const refused = networks.filter(([file]) => verdicts.get(file)?.taken === false);
    expect(refused.map(([file]) => `${file}${verdicts.get(file)?.why}`)).toEqual([]);
  });

  it('has its doubts, of both kinds', () => {
    expect([...verdicts.values()].filter(({ taken }) => taken).length).toBeGreaterThan(15);
    expect([...verdicts.values()].filter(({ taken }) => !taken).length).toBeGreaterThan(60);
  });

  it.each(doubtful)('refuses nothing that the import takes: $inside', async ({ file, text }) => {
    const { notes } = await imported({ [file]: text });
    const verdict = verdicts.get(file);
    expect(verdict).toBeDefined();
    if (verdict?.taken === false)
      expect(
        notes.some(({ refused }) => refused),
        verdict.why,
      ).toBe(true);
  });
});
