import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openNotifier, watchdogInterval } from '../../src/controller/notify.ts';
import { scratch } from '../support/desired-directory.ts';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';

/** Takes datagrams as systemd does and prints them. Node cannot, perl is on every Debian. */
const LISTENER = `use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die "$!";
bind($s, pack_sockaddr_un($ARGV[0])) or die "$!"; $| = 1; print "ready\\n";
while (defined recv($s, my $got, 4096, 0)) { $got =~ s/\\n/;/g; print "$got\\n"; }`;

async function listener(): Promise<{ path: string; heard(): string[] }> {
  const path = join(scratch(), 'notify');
  const child = spawn('perl', ['-e', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  await until('the listener is there', () => said.includes('ready'));
  // systemd-notify asks after its words whether they were taken (sd_notify_barrier(3)).
  const heard = () => said.split('\n').filter((line) => !['', 'ready', 'BARRIER=1'].includes(line));
  return { path, heard };
}

describeNeeding(['systemd'], 'word to systemd', () => {
  test('of readiness, of what is done, and of the end, in this order', async () => {
    const { path, heard } = await listener();
    const troubles: string[] = [];
    const notifier = openNotifier({
      env: { NOTIFY_SOCKET: path },
      pid: process.pid,
      isHealthy: () => true,
      onTrouble: (what) => troubles.push(what),
    });
    notifier.ready('In sync\nat 3f2a91c');
    notifier.status('1 change');
    notifier.stopping();
    await notifier.close();
    await until('all was heard', () => heard().length === 3);
    expect(heard()).toEqual(['READY=1;STATUS=In sync at 3f2a91c', 'STATUS=1 change', 'STOPPING=1']);
    expect(troubles).toEqual([]);
  });

  test('signs of life come only while the loop is healthy', async () => {
    const { path, heard } = await listener();
    let healthy = false;
    let asked = 0;
    const notifier = openNotifier({
      env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: '20000', WATCHDOG_PID: `${process.pid}` },
      pid: process.pid,
      isHealthy: () => {
        asked += 1;
        return healthy;
      },
      onTrouble: () => {},
    });
    onTestFinished(() => notifier.close());
    await until('it was asked a few times', () => asked > 3);
    expect(heard()).toEqual([]);
    healthy = true;
    await until('a sign of life', () => heard().includes('WATCHDOG=1'));
  });

  test('a systemd that is not there is told of, and nothing more happens', async () => {
    const troubles: string[] = [];
    const notifier = openNotifier({
      env: { NOTIFY_SOCKET: join(scratch(), 'nobody') },
      pid: process.pid,
      isHealthy: () => true,
      onTrouble: (what) => troubles.push(what),
    });
    notifier.ready('x');
    await notifier.close();
    expect(troubles).toEqual([expect.stringContaining('systemd could not be told READY=1')]);
  });
});

test('without systemd there is nothing to say', async () => {
  const troubles: string[] = [];
  const notifier = openNotifier({
    env: {},
    pid: 1,
    isHealthy: () => true,
    onTrouble: (what) => troubles.push(what),
  });
  notifier.ready('x');
  await notifier.close();
  expect(troubles).toEqual([]);
});

test.each([
  [{}, null],
  [{ WATCHDOG_USEC: '60000000' }, 30_000],
  [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 30_000],
  [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, null],
  [{ WATCHDOG_USEC: '0' }, null],
  [{ WATCHDOG_USEC: 'soon' }, null],
])('the watchdog of %j is fed every %s ms', (env, interval) => {
  expect(watchdogInterval(env, 7)).toBe(interval);
});
