import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/desired/fleet.ts';
import { loadDirectory } from '../../src/desired/load.ts';
import { resolveGuests, resolveHost } from '../../src/desired/resolve.ts';
import { ProblemsError } from '../../src/model/problem.ts';
import { desiredDirectory, document, scratch, writeFiles } from '../support/desired-directory.ts';

const RED = document('Network', 'red', '{ mtu: 1400 }');
const NO_CACHE = { cache: null };

async function codesOf(directory: string): Promise<string[]> {
  const { problems } = await loadDirectory(directory, NO_CACHE);
  return problems.map(({ code, source }) => `${code} ${source?.file}`);
}

async function refusal(directory: string): Promise<string[]> {
  const error = await loadDirectory(directory, NO_CACHE).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProblemsError);
  return error instanceof ProblemsError ? error.problems.map(({ code }) => code) : [];
}

describe('a desired directory', () => {
  it('is all YAML files below it, but for hidden ones', async () => {
    const directory = desiredDirectory({
      'a/b/red.yaml': RED,
      'blue.YML': document('Network', 'blue', '{}'),
      '.git/x.yaml': 'nonsense: [',
      '.hidden.yaml': 'nonsense: [',
      'README.md': '# no document',
      'empty.yaml': '# nothing here\n---\n',
    });
    const { fleet, problems, revision } = await loadDirectory(directory, NO_CACHE);
    expect(problems).toEqual([]);
    expect([...fleet.networks.keys()]).toEqual(['blue', 'red']);
    expect(fleet.networks.get('red')?.at(['spec', 'mtu'])).toMatchObject({
      file: 'a/b/red.yaml',
      line: 4,
      column: 9,
    });
    expect(fleet.networks.get('red')?.at(['spec', 'portGroups', 3])).toMatchObject({
      file: 'a/b/red.yaml',
      line: 4,
      column: 1,
    });
    expect(revision).toBeNull();
  });

  it('that is empty, missing or a file is refused', async () => {
    expect(await refusal(scratch())).toEqual(['empty-directory']);
    expect(await refusal(desiredDirectory({ 'a.yaml': '# nothing\n', 'b.txt': RED }))).toEqual([
      'empty-directory',
    ]);
    expect(await refusal(join(scratch(), 'missing'))).toEqual(['unreadable']);
    expect(await refusal(join(desiredDirectory({ 'a.yaml': RED }), 'a.yaml'))).toEqual(['unreadable']);
  });

  it('follows links inside of it, each file once', async () => {
    const directory = desiredDirectory({
      'real/red.yaml': RED,
      '.data/blue.yaml': document('Network', 'blue', '{}'),
    });
    symlinkSync('real/red.yaml', join(directory, 'again.yaml'));
    symlinkSync('..', join(directory, 'real/up'));
    symlinkSync('real', join(directory, 'folder'));
    symlinkSync('.data/blue.yaml', join(directory, 'blue.yaml'));
    const { fleet, problems } = await loadDirectory(directory, NO_CACHE);
    expect(problems).toEqual([]);
    expect(fleet.networks.get('red')?.at([]).file).toBe('real/red.yaml');
    expect(fleet.networks.get('blue')?.at([]).file).toBe('blue.yaml');
  });

  it('refuses links that lead out of it, or nowhere', async () => {
    const outside = desiredDirectory({ 'x.yaml': RED, 'folder/y.yaml': RED });
    const directory = desiredDirectory({ 'red.yaml': RED });
    symlinkSync(join(outside, 'x.yaml'), join(directory, 'file.yaml'));
    symlinkSync(join(outside, 'folder'), join(directory, 'folder'));
    symlinkSync('missing.yaml', join(directory, 'nowhere.yaml'));
    expect((await codesOf(directory)).sort()).toEqual([
      'outside-symlink file.yaml',
      'outside-symlink folder',
      'unreadable nowhere.yaml',
    ]);
  });

  it('refuses more than it can hold, however many files that is', async () => {
    const directory = desiredDirectory({ 'red.yaml': RED });
    // Of nothing but holes, and so of no blocks of the disk.
    for (let file = 0; file < 65; file++) {
      const path = join(directory, `${file}.yaml`);
      writeFileSync(path, '');
      truncateSync(path, 1 << 20);
    }
    expect(await refusal(directory)).toEqual(['fleet-too-large']);
  });

  it("refuses links into git's own folder, whose lines are for nobody's report", async () => {
    const directory = desiredDirectory({ 'red.yaml': RED, '.git/config': 'url = https://me:secret@example' });
    symlinkSync('.git/config', join(directory, 'config.yaml'));
    symlinkSync('.git', join(directory, 'folder'));
    expect((await codesOf(directory)).sort()).toEqual([
      'outside-symlink config.yaml',
      'outside-symlink folder',
    ]);
  });

  it('is not fooled by a folder beside it whose name begins alike', async () => {
    const parent = desiredDirectory({ 'desired/red.yaml': RED, 'desired-old/blue.yaml': RED });
    symlinkSync('../desired-old/blue.yaml', join(parent, 'desired/blue.yaml'));
    expect(await codesOf(join(parent, 'desired'))).toEqual(['outside-symlink blue.yaml']);
  });

  it('refuses what is no text, too large, or no file', async () => {
    const directory = desiredDirectory({
      'latin1.yaml': new Uint8Array([0x6b, 0x3a, 0x20, 0xe9, 0x0a]),
      'large.yaml': `# ${'x'.repeat(1 << 20)}\n`,
      'red.yaml': RED,
    });
    execFileSync('mkfifo', [join(directory, 'pipe.yaml')]);
    expect((await codesOf(directory)).sort()).toEqual([
      'file-too-large large.yaml',
      'not-a-file pipe.yaml',
      'not-text latin1.yaml',
    ]);
  });

  it('takes text as data, whatever it says', async () => {
    const labels = '{ constructor: "$(reboot)", toString: "`id`", "1": x, "\\e[31m": "\\u202e" }';
    const text = `apiVersion: plumbline/v1\nkind: Host\nmetadata: { name: kvm-a, labels: ${labels} }\nspec: { devices: { constructor: {}, toString: { maxGuests: 3 } } }\n`;
    const { fleet, problems } = await loadDirectory(desiredDirectory({ 'x.yaml': text }), NO_CACHE);
    expect(problems).toEqual([]);
    const host = resolveHost(fleet, 'kvm-a');
    expect(host?.document.labels).toEqual({
      1: 'x',
      constructor: '$(reboot)',
      toString: '`id`',
      '\u001b[31m': '\u202e',
    });
    expect(host?.devices.toString).toEqual({ match: null, maxGuests: 3 });
    expect(host?.devices.hasOwnProperty).toBeUndefined();
    expect(host?.document.at(['metadata', 'labels', '1'])).toMatchObject({
      file: 'x.yaml',
      line: 3,
      column: 80,
    });
    expect(fleet.networks.get('constructor')).toBeUndefined();
  });

  it('reads anchors and aliases', async () => {
    const text = document(
      'Host',
      'a',
      '{ networks: { red: &red { type: bridge, bridge: br0 }, blue: *red } }',
    );
    const { fleet, problems } = await loadDirectory(desiredDirectory({ 'x.yaml': text }), NO_CACHE);
    expect(problems).toEqual([]);
    const blue = fleet.hosts.get('a')?.spec.networks?.blue;
    expect(blue).toEqual({ type: 'bridge', bridge: 'br0' });
  });

  it('gives the text of a file, for showing a line of it', async () => {
    const { textOf } = await loadDirectory(desiredDirectory({ 'a/red.yaml': RED }), NO_CACHE);
    expect(await textOf('a/red.yaml')).toBe(RED);
    expect(await textOf('../../etc/passwd')).toBeNull();
  });

  it('is the same fleet, however its documents are spread over files', async () => {
    const documents = [
      document('Fleet', 'zurich', '{}'),
      RED,
      document('Network', 'blue', '{ portGroups: [{ name: a, default: true }] }'),
      document('HostClass', 'rack', '{ networks: { red: { type: bridge, bridge: br0 } } }'),
      document('Host', 'kvm-a', '{ classes: [rack], networks: { blue: { type: bridge, bridge: br1 } } }'),
      document(
        'Guest',
        'web1',
        '{ interfaces: [{ name: eth0, network: red }, { name: eth1, network: blue }] }',
      ),
      document('Guest', 'web2', '{ host: kvm-a, interfaces: [{ name: eth0, network: red }] }'),
      document('Placement', 'web1', '{ host: kvm-a }'),
    ];
    const plain = (fleet: Fleet) => ({
      documents: [fleet.networks, fleet.classes, fleet.hosts, fleet.guests, fleet.placements].map((map) =>
        [...map].map(([name, { spec }]) => [name, spec]),
      ),
      guests: JSON.stringify(
        resolveGuests(fleet).map(({ document: _, placedBy, ...rest }) => ({ ...rest, by: placedBy?.kind })),
      ),
    });
    const reference = plain(
      (await loadDirectory(desiredDirectory({ 'all.yaml': documents.join('---\n') }), NO_CACHE)).fleet,
    );
    const base = scratch();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(documents, { minLength: documents.length }),
        fc.array(fc.nat(3), { minLength: documents.length, maxLength: documents.length }),
        async (shuffled, places) => {
          const files: Record<string, string> = {};
          for (const [i, text] of shuffled.entries()) {
            const name = `${'abcd'[places[i] ?? 0]}/f${places[i]}.yaml`;
            files[name] = name in files ? `${files[name]}---\n${text}` : text;
          }
          const directory = join(base, String(run++));
          mkdirSync(directory);
          writeFiles(directory, files);
          const { fleet, problems } = await loadDirectory(directory, NO_CACHE);
          expect(problems).toEqual([]);
          expect(plain(fleet)).toEqual(reference);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the cache of parsed documents', () => {
  const FILE = 'documents.json';

  async function places(directory: string, cache: string | null) {
    const { fleet, problems } = await loadDirectory(directory, { cache });
    return {
      problems,
      at: fleet.networks.get('red')?.at(['spec', 'mtu']),
      mtu: fleet.networks.get('red')?.spec.mtu,
    };
  }

  it('changes nothing of what is read', async () => {
    const directory = desiredDirectory({ 'red.yaml': RED });
    const cache = join(scratch(), 'deep', 'cache');
    const cold = await places(directory, cache);
    expect(statSync(join(cache, FILE)).mode & 0o777).toBe(0o600);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(readdirSync(cache)).toEqual([FILE]);
    expect(await places(directory, cache)).toEqual(cold);
    expect(cold).toEqual(await places(directory, null));
  });

  it('is what a second load reads', async () => {
    const directory = desiredDirectory({ 'red.yaml': RED });
    const cache = scratch();
    await places(directory, cache);
    const path = join(cache, FILE);
    // Its checksum made right again, a stored value shows that it was not parsed anew.
    rewrite(path, (body) => body.replace('"mtu":1400', '"mtu":1399'));
    expect((await places(directory, cache)).mtu).toBe(1399);
  });

  it('is passed over when it is damaged, of another version, or of another hand', async () => {
    const directory = desiredDirectory({ 'red.yaml': RED });
    const cache = scratch();
    const path = join(cache, FILE);
    const damages: (() => void)[] = [
      () => writeFileSync(path, readFileSync(path, 'utf8').replace('"mtu":1400', '"mtu":1399')),
      () => writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20)),
      () => writeFileSync(path, ''),
      () => writeFileSync(path, '\0\0\0'),
      () => writeFileSync(path, readFileSync(path, 'utf8').replace('plumbline-', 'plumbline-9')),
      () => {
        rewrite(path, (body) => body.replace('"mtu":1400', '"mtu":1399'));
        chmodSync(path, 0o666);
      },
      () => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ];
    for (const damage of damages) {
      await places(directory, cache);
      damage();
      expect((await places(directory, cache)).mtu).toBe(1400);
    }
  });

  it('may be impossible to write', async () => {
    const directory = desiredDirectory({ 'red.yaml': RED });
    const file = join(scratch(), 'file');
    writeFileSync(file, '');
    expect((await places(directory, join(file, 'below'))).mtu).toBe(1400);
  });

  it('holds what the last load used, and no text with problems', async () => {
    const directory = desiredDirectory({ 'red.yaml': RED });
    const cache = scratch();
    await places(directory, cache);
    writeFiles(directory, {
      'red.yaml': RED.replace('1400', '1500'),
      'bad.yaml': RED.replace('mtu', 'mtoo'),
    });
    expect((await places(directory, cache)).problems).toHaveLength(1);
    const kept = readFileSync(join(cache, FILE), 'utf8');
    expect(kept).toContain('1500');
    expect(kept).not.toContain('1400');
    expect((await places(directory, cache)).problems).toHaveLength(1);
  });

  function rewrite(path: string, change: (body: string) => string): void {
    const [head = '', body = ''] = readFileSync(path, 'utf8').split('\n');
    const changed = change(body);
    const sum = execFileSync('sha256sum', { input: changed, encoding: 'utf8' }).slice(0, 64);
    const [fingerprint] = head.split(' ');
    writeFileSync(path, `${fingerprint} ${Buffer.from(sum, 'hex').toString('base64url')}\n${changed}`, {
      mode: 0o600,
    });
  }
});
