import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { OpenedDevice, StandingDevice } from '../run/exec/hand-over.ts';
import { placeholderValue } from '../run/exec/placeholder-value.ts';
import { fillIn } from '../run/exec/placeholders.ts';
import { cannotRun, endAs, startInPlace } from '../tools/in-place.ts';
import { DeviceNotOpened, openMacvtap, openVhost } from '../tools/open-macvtap.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';

/** The word by which this starts the program again, to read documents and links (cli/exec-devices.ts). */
const EXEC_DEVICES = '--exec-devices';

/** The standard streams come first. */
const FIRST_DESCRIPTOR = 3;

/**
 * `plumbline exec`: opens the guest's devices and becomes another program, as far as Node can (tools/in-place.ts). Loads
 * as little as it can: it waits beside the guest for as long as that runs.
 */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('exec', argv);
  const [word = '', ...args] = options.program;
  const cannot = cannotRun(word);
  if (cannot !== null) throw new ExitError(cannot.code, `nothing was started: ${cannot.why}`);
  const follow =
    options.qmp === null
      ? null
      : (await import('./exec-moves.ts')).prepareToFollow(options.guest, options.qmp, io);
  const standing = await askForDevices(argv);
  const { devices, descriptors } = await openAll(standing, options.vhost);
  const byName = new Map(devices.map((device) => [device.iface, device]));
  const filled = fillIn(args, ({ word: wanted, iface }) => {
    const device = byName.get(iface);
    return device === undefined ? null : placeholderValue(wanted, device, options.vhost);
  });
  const ended = startInPlace(word, filled, descriptors);
  // Only the program has them from here on: what it lets go of is let go of.
  for (const descriptor of descriptors) closeSync(descriptor);
  const follower = follow?.();
  const end = await ended;
  await follower?.finish();
  return endAs(end);
}

/** The devices that stand for the program's placeholders. Where they do not, that was told, and the command ends. */
async function askForDevices(argv: readonly string[]): Promise<StandingDevice[]> {
  const program = [...process.execArgv, process.argv[1] ?? '', EXEC_DEVICES, ...argv];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === EXIT.ok) return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  throw new ExitError(code === EXIT.usage || code === EXIT.busy ? code : EXIT.notStarted, '');
}

async function openAll(
  standing: readonly StandingDevice[],
  vhost: boolean,
): Promise<{ devices: OpenedDevice[]; descriptors: number[] }> {
  const descriptors: number[] = [];
  /** The numbers that they have in the program. */
  const handOver = (opened: readonly number[]) => {
    const first = FIRST_DESCRIPTOR + descriptors.length;
    descriptors.push(...opened);
    return opened.map((_, i) => first + i);
  };
  const devices: OpenedDevice[] = [];
  try {
    for (const device of standing) {
      const isMacvtap = device.kind === 'macvtap';
      const link = { name: device.device, index: device.index };
      devices.push({
        ...device,
        descriptors: isMacvtap ? handOver(await openMacvtap(link, device.queues)) : [],
        vhostDescriptors: isMacvtap && vhost ? handOver(openVhost(device.queues)) : [],
      });
    }
  } catch (error) {
    if (!(error instanceof DeviceNotOpened)) throw error;
    throw new ExitError(EXIT.notStarted, `nothing was started: ${error.message}`);
  }
  return { devices, descriptors };
}
