import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findProgram, ToolMissing } from '../../src/tools/programs.ts';
import { runTool, ToolTimeout } from '../../src/tools/spawn.ts';
import { bundleOf } from '../support/in-namespace.ts';
import { until } from '../support/netns.ts';

test('input, both outputs and the exit code of one program', async () => {
  const text = `${'ü'.repeat(2_000_000)}\n`;
  const result = await runTool('cat', [], { stdin: text });
  expect(result).toEqual({ exitCode: 0, stdout: text, stderr: '', taken: Buffer.byteLength(text) });
  const failed = await runTool('ls', ['--', '/nonexistent; echo $HOME']);
  expect(failed.exitCode).toBe(2);
  expect(failed.stderr).toContain('No such file or directory');
});

test('output is handed over while the program works, all of it', async () => {
  const pieces: string[] = [];
  const script = 'printf ü; sleep 1; head -c 1000000 /dev/zero; exit 3';
  const running = runTool('sh', ['-c', script], { onOutput: (bytes) => void pieces.push(bytes.toString()) });
  await until('the first of it', () => pieces.length > 0);
  expect(pieces).toEqual(['ü']);
  expect(await running).toEqual({ exitCode: 3, stdout: '', stderr: '', taken: null });
  expect(pieces.join('')).toBe(`ü${'\0'.repeat(1_000_000)}`);
});

test('a program that ends before it read its input is no error of ours', async () => {
  expect(await runTool('true', [], { stdin: 'x'.repeat(5_000_000) })).toMatchObject({ exitCode: 0 });
});

test('a missing program is named with its package', async () => {
  await expect(runTool('no-such-program-here', [])).rejects.toThrow(ToolMissing);
  expect(new ToolMissing('ip')).toMatchObject({ tool: 'ip', package: 'iproute2' });
  expect(new ToolMissing('ovs-vswitchd').message).toContain('openvswitch-switch');
  expect(findProgram('sh')).toMatch(/^\/.*\/sh$/);
});

test('a program that hangs is stopped', async () => {
  await expect(runTool('sleep', ['1000'], { timeoutMs: 50 })).rejects.toThrow(ToolTimeout);
});

test('a program that a signal ends says so by its exit code', async () => {
  expect((await runTool(process.execPath, ['-e', 'process.kill(process.pid, 9)'])).exitCode).toBe(137);
});

test('it is out of reach of Ctrl-C, and ends with us even when we are killed', async () => {
  const bundle = await bundleOf('src/tools/spawn.ts');
  const parent = spawn(process.execPath, [bundle], { stdio: ['pipe', 'ignore', 'inherit', 'ignore'] });
  const request = { name: 'runTool', args: ['sleep', ['1000']] };
  const { serialize } = await import('node:v8');
  parent.stdin?.end(serialize(request));
  const child = await childOf(parent.pid ?? 0, 'sleep');
  const session = (pid: number) => stat(pid)?.[3];
  expect(session(child)).toBe(String(child));
  parent.kill('SIGKILL');
  await until('the program is gone', () => ['Z', undefined].includes(stat(child)?.[0]));
});

/** Fields of proc_pid_stat(5) from the third on: state, parent, process group, session. */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

async function childOf(parent: number, name: string): Promise<number> {
  let found: number | undefined;
  await until(`${name} runs`, () => {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
    found = children.map(Number).find((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
      } catch {
        return false;
      }
    });
    return found !== undefined;
  });
  return found ?? 0;
}
