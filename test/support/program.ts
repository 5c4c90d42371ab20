import { type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';

/** What a run of the built program came to. */
export interface Run {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The built program's file, as globalSetup made it. */
export function programFile(name: 'plumbline' | 'start' = 'plumbline'): string {
  const error = inject('bundleError');
  if (error) throw new Error(`the program cannot be built: ${error}`);
  return join(inject('program'), `${name}.js`);
}

/** Runs `plumbline ARGV` to its end, away from any terminal. */
export function plumbline(argv: readonly string[], options: SpawnOptions = {}): Promise<Run> {
  return runProgram(process.execPath, [programFile(), ...argv], options);
}

/** Runs any program to its end and collects its output. */
export function runProgram(file: string, argv: readonly string[], options: SpawnOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
