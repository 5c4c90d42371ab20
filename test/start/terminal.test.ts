import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { programFile } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';
import { CTRL_C, type OnTerminal, onTerminal, untilEmpty } from '../support/terminal.ts';

/** A directory with a desired/ that may be edited. */
let home = '';
let running: OnTerminal | null = null;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'plumbline-tour-')));
  cpSync('desired', join(home, 'desired'), { recursive: true });
});
afterEach(async () => {
  running?.hangUp();
  await running?.ended;
  running = null;
  rmSync(home, { recursive: true, force: true });
});

function start(...words: string[]): OnTerminal {
  running = onTerminal(words, home);
  return running;
}

function editMtu(mtu: number): void {
  const file = join(home, 'desired/networks/red-network.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/mtu: \d+/, `mtu: ${mtu}`));
}

function insideOne(program: OnTerminal): { pid: number; namespace: string } {
  const first = program.inside()[0];
  if (first === undefined) throw new Error(`no process is in a sandbox:\n${program.shown()}`);
  return first;
}

function ip(pid: number, ...words: string[]): string {
  return execFileSync('nsenter', ['--target', String(pid), '--net', 'ip', ...words], { encoding: 'utf8' });
}

function mtuOf(pid: number, device: string): number {
  return JSON.parse(ip(pid, '-j', 'link', 'show', 'dev', device))[0].mtu;
}

describeNeeding(['root'], 'on a terminal', () => {
  test('the tour ends in a controller that follows the files, until Ctrl-C', async () => {
    const tour = start(programFile('start'), 'kvm-a');
    await tour.shows('8. A controller follows desired/');
    await tour.shows(' in sync ');
    const { pid, namespace } = insideOne(tour);
    editMtu(1400);
    await tour.shows('update link:web1-eth0');
    expect(mtuOf(pid, 'web1-eth0')).toBe(1400);

    ip(pid, 'link', 'del', 'dev', 'web1-eth0');
    await tour.shows('create link:web1-eth0  action=create reason=missing network=red-network');
    await tour.shows(/drift=true/);

    tour.type(CTRL_C);
    expect(await tour.ended).toBe(0);
    expect(tour.shown()).toContain('leaves nothing behind');
    await untilEmpty(namespace);
  });

  test('watch --sandbox builds its host, follows the files and ends with Ctrl-C', async () => {
    const watch = start(programFile(), 'watch', '--worktree', '--sandbox', '--host', 'kvm-a');
    await watch.shows('Sandbox: stand-ins for');
    await watch.shows('create link:web1-eth0');
    await watch.shows(' in sync ');
    const { pid, namespace } = insideOne(watch);
    editMtu(1300);
    await watch.shows('update link:web1-eth0');
    expect(mtuOf(pid, 'web1-eth0')).toBe(1300);
    watch.type(CTRL_C);
    expect(await watch.ended).toBe(0);
    await untilEmpty(namespace);
  });

  test('watch --sandbox goes with its terminal', async () => {
    const watch = start(programFile(), 'watch', '--worktree', '--sandbox', '--host', 'kvm-a');
    await watch.shows(' in sync ');
    const { namespace } = insideOne(watch);
    watch.hangUp();
    await untilEmpty(namespace);
    expect(watch.inside()).toEqual([]);
  });

  test('a hangup ends watch --sandbox, and is no wish to read anew', async () => {
    const words = [programFile(), 'watch', '--worktree', '--sandbox', '--host', 'kvm-a'];
    const child = spawn(process.execPath, words, { cwd: home, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      await vi.waitUntil(() => said.includes('"in sync"'), { timeout: 60_000, interval: 20 });
      const ended = once(child, 'close');
      child.kill('SIGHUP');
      expect(await ended).toEqual([0, null]);
      expect(said).toContain('SIGTERM: ending after this batch');
    } finally {
      child.kill('SIGKILL');
    }
  });
});
