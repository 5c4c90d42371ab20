import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plumbline } from '../support/program.ts';

const CORPUS = new URL('../libvirt-import/corpus/', import.meta.url).pathname;

describe('plumbline libvirt import', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plumbline-import-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const xml = () => readdirSync(CORPUS).map((file) => join(CORPUS, file));
  const run = (argv: string[]) =>
    plumbline(['libvirt', 'import', '--host', 'kvm-a', ...argv], { cwd: directory });

  it('writes a file for each document, which check takes', async () => {
    const { status, stdout, stderr } = await run(['--out', 'desired', ...xml()]);
    expect(stderr).toMatch(/^\S+routed\.xml:20: network\/ip\/dhcp\/bootp: booting by/m);
    expect(status).toBe(0);
    expect(stdout).toContain('networks/default.yaml: new\n');
    expect(statSync(join(directory, 'desired/hosts/kvm-a.yaml')).mode & 0o777).toBe(0o644);
    expect((await plumbline(['check'], { cwd: directory })).status).toBe(0);
    const again = await run(['--out', 'desired', ...xml()]);
    expect(again).toMatchObject({ status: 0, stdout: '' });
  });

  it('writes one text otherwise, and exits 1 for a file that is refused', async () => {
    writeFileSync(join(directory, 'bad.xml'), '<network><name>\u001b</name></network>');
    const { status, stdout, stderr } = await run([join(CORPUS, 'default.xml'), 'bad.xml', 'none.xml']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bad\.xml:1: xml: refused: /m);
    expect(stderr).toMatch(/^none\.xml:1: file: refused: ENOENT/m);
    expect(stderr).not.toContain('\u001b');
    expect(stdout.split('---\n')).toHaveLength(2);
  });

  it('changes nothing that stands', async () => {
    await run(['--out', 'desired', join(CORPUS, 'default.xml')]);
    const file = join(directory, 'desired/networks/default.yaml');
    const before = readFileSync(file, 'utf8').replace('192.168.122.0/24', '192.168.0.0/16');
    writeFileSync(file, before);
    const { status, stderr } = await run(['--out', 'desired', join(CORPUS, 'default.xml')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/default\.xml:6: network: refused: .*\(networks\/default\.yaml:\d+\)$/m);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('takes either files or a connection', async () => {
    expect((await run([])).status).toBe(64);
    expect((await run(['--connect', 'qemu:///system', 'a.xml'])).status).toBe(64);
  });
});
