import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What `npm test` fetches for guests to boot from; test/runner/guest-files.mjs puts it there. */
export const GUEST_FILES = '/var/cache/plumbline-test/guest';

/** What QEMU and libvirt boot from, without a disk. */
export interface BootImage {
  kernel: string;
  initrd: string;
}

/** What is in an initial root besides busybox, which is all of `/bin`. */
export interface InitialRoot {
  /** By their names, whatever they need of one another included. */
  modules: readonly string[];
  /** The text of `/init`, for busybox's shell. `order` are the modules as they are to be loaded, from `/modules`. */
  init(order: readonly string[]): string;
  /** More files: what is put there, by where it is to be. */
  files?: ReadonlyMap<string, string>;
}

/** Builds it in a directory: Debian's cloud kernel, and an initial root of busybox and these files. */
export function buildImage(directory: string, { modules, init, files }: InitialRoot): BootImage {
  const boot = join(GUEST_FILES, 'boot');
  const kernel = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`no kernel in ${boot}`);
  const root = join(directory, 'root');
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    symlinkSync(from, join(root, to));
  };
  for (const name of ['proc', 'dev', 'sys', 'run', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  // Since Debian 13 packages have everything below /usr.
  const tree = existsSync(join(GUEST_FILES, 'lib')) ? GUEST_FILES : join(GUEST_FILES, 'usr');
  put(join(tree, 'bin/busybox'), 'bin/busybox');
  const found = modulesBelow(join(tree, 'lib/modules', kernel.slice('vmlinuz-'.length), 'kernel'));
  mkdirSync(join(root, 'modules'));
  const order = loadOrder(modules, found);
  for (const [name, content] of order) writeFileSync(join(root, 'modules', `${name}.ko`), content);
  for (const [to, from] of files ?? []) put(from, to);
  const path = join(root, 'init');
  writeFileSync(path, init([...order.keys()]));
  chmodSync(path, 0o755);
  const initrd = join(directory, 'initrd');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  // Not compressed: one whose processor is emulated would take longer to unpack it than QEMU to load it.
  execFileSync('cpio', ['--create', '--format=newc', '--quiet', '--dereference', '-F', initrd], {
    cwd: root,
    input: ['.', ...names].join('\n'),
  });
  return { kernel: join(boot, kernel), initrd };
}

/** Paths by name. */
function modulesBelow(directory: string): Map<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const [, module] = /([^/]+)\.ko(?:\.xz)?$/.exec(name) ?? [];
      return module === undefined ? [] : [[module.replaceAll('-', '_'), join(directory, name)]];
    }),
  );
}

/** Modules by name, each behind what it needs, which it says itself (`depends=` of its .modinfo, as modinfo(8) shows it). */
function loadOrder(names: readonly string[], found: ReadonlyMap<string, string>): Map<string, Buffer> {
  const order = new Map<string, Buffer>();
  const add = (name: string) => {
    const path = found.get(name);
    // What is no module is part of the kernel itself.
    if (path === undefined || order.has(name)) return;
    const content = path.endsWith('.xz')
      ? execFileSync('xz', ['--decompress', '--stdout', path], { maxBuffer: 1 << 28 })
      : readFileSync(path);
    const depends = /\0depends=([^\0]*)/.exec(content.toString('latin1'))?.[1] ?? '';
    for (const other of depends.split(',').filter(Boolean)) add(other.replaceAll('-', '_'));
    order.set(name, content);
  };
  for (const name of names) add(name);
  return order;
}
