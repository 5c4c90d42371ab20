import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BootImage, buildImage } from '../support/initrd.ts';

/** What runs in a machine: one command at a time. */
export interface Machine {
  /** A line for busybox's shell, and what it says on both outputs. */
  run(line: string): Promise<{ status: number; output: string }>;
  stop(): Promise<void>;
}

export interface MachineWords {
  modules: readonly string[];
  /** By their names, as they are in this machine's PATH, besides those that Plumbline starts on its own account. */
  programs: readonly string[];
  /** The built program's directory, which is to be `/plumbline`. */
  program: string;
  /** More files: what is put there, by where it is to be. */
  files: ReadonlyMap<string, string>;
}

/** Programs that Plumbline starts wherever it runs. */
const OWN_PROGRAMS = ['ip', 'setpriv', 'flock'];

/** Ends what a command says, with its status behind it. */
const END = '@@';
const ENDED = new RegExp(`^${END}(\\d+)\\n`, 'm');

/** No answer comes without the line that is asked: the console echoes nothing. */
const init = (modules: readonly string[]) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/bin NO_COLOR=1 TERM=dumb
# Busybox has one of its own, and prefers that.
ip() { /usr/sbin/ip "$@"; }
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs devices /dev
mkdir -p /dev/shm /etc
echo 127.0.0.1 localhost > /etc/hosts
: > /etc/resolv.conf
mount -t tmpfs shm /dev/shm
stty -echo
for module in ${modules.join(' ')}; do
  [ $module = bonding ] && options=max_bonds=0 || options=
  insmod /modules/$module.ko $options
done
ip link set dev lo up
echo '${END}0'
while read -r line; do
  ( eval "$line" ) 2>&1 < /dev/null
  echo "${END}$?"
done
`;

/** What Debian's own Node reads at its start; others have it in the program. */
const NODE_FILES = ['acorn/dist/acorn', 'acorn-walk/dist/walk', 'minimatch/dist/cjs/index.bundle']
  .concat(['cjs-module-lexer/lexer', 'cjs-module-lexer/dist/lexer', 'undici/undici-fetch'])
  .map((name) => `/usr/share/nodejs/${name}.js`);

/** Builds a machine of Debian's cloud kernel, with this machine's Node and iproute2 and Plumbline, in a directory. */
export function buildMachine(
  directory: string,
  { modules, programs, program, files }: MachineWords,
): BootImage {
  const all = new Map(files);
  const paths = [process.execPath, ...[...OWN_PROGRAMS, ...programs].map(findProgram)];
  for (const path of paths) all.set(`usr/sbin/${path.slice(dirname(path).length + 1)}`, path);
  for (const path of [...librariesOf(paths), ...NODE_FILES.filter(existsSync)]) all.set(path.slice(1), path);
  for (const name of readdirSync(program, { recursive: true, encoding: 'utf8' })) {
    if (/\.(c?js|json|cache)$/.test(name)) all.set(join('plumbline', name), join(program, name));
  }
  return buildImage(directory, { modules, init, files: all });
}

/** Boots it in QEMU, without KVM: where CI runs there is none. */
export async function bootMachine({ kernel, initrd }: BootImage): Promise<Machine> {
  const words = 'console=ttyS0 quiet loglevel=1 cryptomgr.notests panic=-1';
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg', '-cpu', 'max', '-machine', 'pc', '-m', '768'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
      ...['-kernel', kernel, '-initrd', initrd, '-append', words],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  let answer: ((one: { status: number; output: string }) => void) | null = null;
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    said += text.replaceAll('\r', '');
    const end = ENDED.exec(said);
    if (end === null || answer === null) return;
    const output = said.slice(0, end.index);
    said = said.slice(end.index + end[0].length);
    answer({ status: Number(end[1]), output });
  });
  const next = () =>
    Promise.race([
      new Promise<{ status: number; output: string }>((resolve) => {
        answer = resolve;
      }),
      ended.then((): never => {
        throw new Error(`the machine ended: ${said}`);
      }),
    ]);
  await next();
  return {
    run(line) {
      const coming = next();
      child.stdin.write(`${line}\n`);
      return coming;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function findProgram(name: string): string {
  return execFileSync('/bin/sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin command -v "$1"', 'sh', name], {
    encoding: 'utf8',
  }).trim();
}

/** Shared libraries, and what loads them, by ldd(1). */
function librariesOf(programs: readonly string[]): Set<string> {
  const lines = execFileSync('ldd', programs, { encoding: 'utf8' });
  return new Set([...lines.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path));
}
