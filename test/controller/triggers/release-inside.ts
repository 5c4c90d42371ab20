import { type ChildProcess, spawn } from 'node:child_process';
import { releaseWatch, type WaitedFor } from '../../../src/controller/triggers/release.ts';
import { until } from '../../support/netns.ts';

/** What runs in a namespace of the test's own: devices that processes of ours open and let go. */

type Device = Omit<WaitedFor, 'pids'>;

/** The slower a look is, the rarer they are: on a machine at a tenth of its speed there are ten seconds between two. */
const PATIENCE_SECONDS = 25;

/** TUNSETIFF, IFF_TAP | IFF_NO_PI of linux/if_tun.h; node has no ioctl, and perl is on every Debian. */
const OPEN_TAP = `open(my $fd, "+<", "/dev/net/tun") or die "$!"; my $ifr = pack("a16 S a22", $ARGV[0], 0x1002, "");
ioctl($fd, 0x400454ca, $ifr) or die "$!"; $| = 1; print "ready\\n"; <STDIN>; close $fd; <STDIN>;`;
const OPEN_NODE = `open(my $fd, "+<", "/dev/tap$ARGV[0]") or die "$!"; $| = 1; print "ready\\n"; <STDIN>; close $fd; <STDIN>;`;

interface Holder {
  child: ChildProcess;
  waited: WaitedFor;
  /** The process lets the device go and lives on. */
  letGo(): void;
}

async function hold(device: Device): Promise<Holder> {
  const args = device.type === 'tap' ? [OPEN_TAP, device.name] : [OPEN_NODE, String(device.index)];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'perl', '-e', ...args]);
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return {
    child,
    waited: { ...device, pids: [child.pid ?? 0] },
    letGo: () => void child.stdin.write('\n'),
  };
}

/** The number of events after each of them was let go, one after the other. */
export async function releaseInTurn(devices: Device[]): Promise<number[]> {
  const holders = await Promise.all(devices.map(hold));
  let events = 0;
  const watch = releaseWatch(() => {
    events += 1;
  });
  watch.watch(holders.map(({ waited }) => waited));
  const counts: number[] = [];
  for (const holder of holders) {
    const before = events;
    holder.letGo();
    await until('it is told', () => events > before, PATIENCE_SECONDS);
    counts.push(events);
  }
  watch.close();
  return counts;
}

/** How many looks are to come, while a device is waited for and while none is. */
export async function looksToCome(device: Device): Promise<Record<string, number>> {
  const { waited } = await hold(device);
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const watch = releaseWatch(() => {});
  const looks: Record<string, number> = { atFirst: timers() };
  watch.watch([waited]);
  looks.held = timers();
  watch.watch([]);
  looks.nothing = timers();
  watch.watch([{ ...device, pids: [] }]);
  looks.holderUnknown = timers();
  watch.watch([waited]);
  watch.close();
  looks.closed = timers();
  return looks;
}

/** Of two that are let go, only the one that is waited for at the end counts. */
export async function changesItsMind(devices: Device[]): Promise<number> {
  const [first, second] = await Promise.all(devices.map(hold));
  if (first === undefined || second === undefined) throw new Error('two devices are needed');
  let events = 0;
  const watch = releaseWatch(() => {
    events += 1;
  });
  watch.watch([first.waited]);
  watch.watch([second.waited]);
  first.letGo();
  second.letGo();
  await until('it is told', () => events > 0, PATIENCE_SECONDS);
  watch.close();
  return events;
}
