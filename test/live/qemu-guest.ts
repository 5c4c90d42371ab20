import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { BootImage } from '../support/initrd.ts';
import { until } from '../support/netns.ts';
import { PLUMBLINE } from './program-on-path.ts';
import { openQmp, type Qmp } from './qmp.ts';
import type { Site, SiteHost } from './site.ts';

/** A guest that runs on a host, or waits there for its state. */
export interface RunningGuest {
  host: SiteHost;
  qmp: Qmp;
  /** Lines of its console, with when they came. */
  console: readonly { at: number; line: string }[];
  /** Its QEMU ends. */
  quit(): Promise<void>;
}

export interface GuestWords {
  name: string;
  image: BootImage;
  address: string;
  /** Whom it pings, every 50 ms. */
  peer?: string;
}

/** The same on every host: what differs is for `plumbline exec` to put in. */
export function commandLine({ name, image, address, peer }: GuestWords): string[] {
  const kernel = [
    'console=ttyS0',
    'quiet',
    'ipv6.disable=1',
    'cryptomgr.notests',
    `guest.address=${address}/24`,
  ];
  if (peer !== undefined) kernel.push(`guest.peer=${peer}`);
  return [
    ...['qemu-system-x86_64', '-name', name, '-accel', 'tcg', '-machine', 'pc', '-m', '96'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio'],
    ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', kernel.join(' ')],
    ...['-netdev', '{netdev:eth0},id=n0'],
    ...['-device', 'virtio-net-pci,netdev=n0,mac={mac:eth0},romfile='],
    ...['-qmp', `unix:${socketOf(name, 'qmp')},server=on,wait=off`],
    ...['-qmp', `unix:${socketOf(name, 'plumbline')},server=on,wait=off`],
  ];
}

/** Starts it as a person would: `incoming` is QEMU's word for where its state comes from. */
export async function startGuest(
  site: Site,
  host: SiteHost,
  name: string,
  words: readonly string[],
  incoming: string | null,
): Promise<RunningGuest> {
  const exec = [PLUMBLINE, 'exec', name, site.desired, '--qmp', socketOf(name, 'plumbline'), '--'];
  const child = host.start([...exec, ...words, ...(incoming === null ? [] : ['-incoming', incoming])]);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const console = linesOf(child.stdout);
  const errors = linesOf(child.stderr);
  const opened = openQmp(host.path(socketOf(name, 'qmp')));
  const qmp = await Promise.race([opened, ended.then(() => null)]);
  if (qmp === null) {
    const said = errors.map(({ line }) => line).join('\n');
    throw new Error(`${name} did not start on ${host.name} (${child.exitCode}): ${said}`);
  }
  return {
    host,
    qmp,
    console,
    async quit() {
      void qmp.do('quit');
      await ended;
      qmp.close();
    },
  };
}

/** The words after `--` of the `plumbline exec` that runs the guest, as the host's own kernel knows them. */
export function wordsOf(host: SiteHost, name: string): string[] {
  for (const pid of readdirSync(host.path('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const argv = readFileSync(host.path(`/proc/${pid}/cmdline`), 'utf8')
      .split('\0')
      .slice(0, -1);
    const exec = argv.indexOf('exec');
    if (exec > 0 && argv[exec + 1] === name) return argv.slice(argv.indexOf('--') + 1);
  }
  throw new Error(`${host.name} runs no ${name}`);
}

export async function booted(guest: RunningGuest): Promise<void> {
  const ready = () => guest.console.some(({ line }) => line.startsWith('guest is ready'));
  await until(`the guest boots:\n${guest.console.map(({ line }) => line).join('\n')}`, ready, 60);
}

function socketOf(name: string, whose: string): string {
  return `/run/${name}.${whose}`;
}

function linesOf(stream: ChildProcess['stdout']): { at: number; line: string }[] {
  const lines: { at: number; line: string }[] = [];
  if (stream === null) throw new Error('no output');
  createInterface({ input: stream }).on('line', (line) => lines.push({ at: Date.now(), line }));
  return lines;
}
