import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFiles } from '../../support/desired-directory.ts';
import { until } from '../../support/netns.ts';
import { programFile, type Run, runProgram } from '../../support/program.ts';
import { describeNeeding } from '../../support/requires.ts';
import { CTRL_C, onTerminal } from '../../support/terminal.ts';
import { fleetFiles, guest } from '../fleet-files.ts';

/** The guest has no interface, so that no device need stand, and no root make one. */
let home = '';
let words: string[] = [];
let env: NodeJS.ProcessEnv = {};

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plx-'));
  const networks = { office: { type: 'bridge' as const, bridge: 'br0' } };
  const empty = { host: 'a', interfaces: [] };
  writeFiles(
    join(home, 'desired'),
    fleetFiles({ host: { networks }, guests: { web1: empty, db1: guest('office') } }),
  );
  words = [programFile(), 'exec', 'web1', join(home, 'desired'), '--host', 'a', '--'];
  env = { ...process.env, STATE_DIRECTORY: join(home, 'state'), RUNTIME_DIRECTORY: join(home, 'run') };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const exec = (...program: string[]): Promise<Run> =>
  runProgram(process.execPath, [...words, ...program], { env });

/** A program that writes a line for each signal it has, and ends by SIGTERM. */
const LISTEN = `$| = 1; open(my $out, ">", $ARGV[0]); $out->autoflush(1); use IO::Handle;
for my $name (qw(HUP INT QUIT USR1 USR2 TERM CONT TSTP WINCH)) { $SIG{$name} = sub { print $out "$name\\n"; exit 5 if $name eq "TERM" } }
print $out "pid $$\\n"; print "ready\\n"; sleep 1 while 1;`;

interface Listening {
  parent: ChildProcess;
  pid: number;
  heard(): string[];
}

async function listening(): Promise<Listening> {
  const file = join(home, 'heard');
  const parent = spawn(process.execPath, [...words, 'perl', '-e', LISTEN, file], { env, stdio: 'ignore' });
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  await until('the program runs', () => lines()[0]?.startsWith('pid ') === true, 30);
  return { parent, pid: Number(lines()[0]?.slice(4)), heard: () => lines().slice(1) };
}

describeNeeding([], 'exec in the place of a program', () => {
  test.each([0, 1, 7, 255])('its status %i', async (status) => {
    expect(await exec('sh', '-c', `exit ${status}`)).toMatchObject({ status, signal: null, stderr: '' });
  });

  test.each(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGALRM'] as const)(
    'its end by %s is ours',
    async (signal) => {
      expect(await exec('sh', '-c', `kill -${signal.slice(3)} $$`)).toMatchObject({ status: null, signal });
    },
  );

  test('one that leaves a dump is told by the status, as shells do, and leaves none of ours', async () => {
    expect(await exec('sh', '-c', 'ulimit -c 0; kill -SEGV $$')).toMatchObject({ status: 139, signal: null });
    expect(await exec('sh', '-c', 'kill -PIPE $$')).toMatchObject({ status: 141, signal: null });
  });

  test('signals to us reach it once', async () => {
    const { parent, heard } = await listening();
    const sent = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'CONT', 'WINCH', 'INT'] as const;
    for (const [i, name] of sent.entries()) {
      parent.kill(`SIG${name}`);
      await until(`it has ${name}`, () => heard().length === i + 1);
    }
    const ended = once(parent, 'exit');
    parent.kill('SIGTERM');
    expect(await ended).toEqual([5, null]);
    expect(heard()).toEqual([...sent, 'TERM']);
  });

  test('it ends with us when we are killed', async () => {
    const { parent, pid } = await listening();
    parent.kill('SIGKILL');
    await until('it is gone', () => !runs(pid));
  });

  test('it has our streams as they are, and blocks on them', async () => {
    const file = join(home, 'input');
    writeFileSync(file, 'in\n');
    const flags = 'grep flags /proc/self/fdinfo/1 /proc/self/fdinfo/2 | grep -c "[4567][0-7][0-7][0-7]$"';
    const run = await runProgram(
      'sh',
      [
        '-c',
        `"$@" < ${file} | cat`,
        'sh',
        process.execPath,
        ...words,
        'sh',
        '-c',
        `cat; echo err >&2; ${flags}`,
      ],
      { env },
    );
    expect(run).toMatchObject({ stdout: 'in\n0\n', stderr: 'err\n' });
  });

  test('on a terminal Ctrl-C reaches it once, and us not at all', async () => {
    const file = join(home, 'heard');
    const script = join(home, 'listen.pl');
    writeFileSync(script, LISTEN);
    const terminal = onTerminal([...words, 'perl', script, file], home);
    await terminal.shows('ready');
    const heard = () => readFileSync(file, 'utf8').trim().split('\n').slice(1);
    for (let times = 1; times <= 3; times++) {
      terminal.type(CTRL_C);
      await until('it has the key', () => heard().length >= times);
    }
    // A signal after them, to us alone, comes after whatever we would have passed on.
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]?.slice(4));
    process.kill(parentOf(pid), 'SIGTERM');
    expect(await terminal.ended).toBe(5);
    expect(heard()).toEqual(['INT', 'INT', 'INT', 'TERM']);
  });

  test('it is in our process group, and reads from the terminal', async () => {
    const terminal = onTerminal(
      [...words, 'sh', '-c', '\'read x; echo got $x; cut -d" " -f5 /proc/$$/stat /proc/$PPID/stat\''],
      home,
    );
    await until('it reads', () => {
      terminal.type('hello\r');
      return terminal.shown().includes('got hello');
    });
    await terminal.ended;
    const groups = terminal.shown().split('got hello')[1]?.match(/\d+/g);
    expect(groups?.[0]).toBe(groups?.[1]);
  });
});

function runs(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
