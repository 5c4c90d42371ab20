import { spawn } from 'node:child_process';

/** Process groups that run now: a run that is told to stop takes them along. */
const running = new Set();

for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    for (const pid of running) kill(pid, 'SIGTERM');
    // Time for tests to remove their namespaces; then the rest goes.
    setTimeout(() => {
      for (const pid of running) kill(pid, 'SIGKILL');
      process.exit(status);
    }, 3000);
    const gone = setInterval(() => {
      if (running.size > 0) return;
      clearInterval(gone);
      // What ran last may have ended as it should, as a controller does that is told to stop.
      process.exit(process.exitCode ?? status);
    }, 20);
  });
}

function kill(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/**
 * Runs a program in a process group of its own. `show` passes its output through, else it is collected.
 * @returns {Promise<{ status: number, output: string }>} status 127 when there is no such program
 */
export function run(argv, { show = false, env = {}, cwd = process.cwd() } = {}) {
  return new Promise((resolve) => {
    const [file, ...rest] = argv;
    const child = spawn(file, rest, {
      detached: true,
      cwd,
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    if (child.pid) running.add(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ status: 127, output: `${error.message}\n` }));
    child.on('close', (status) => {
      running.delete(child.pid);
      resolve({ status: status ?? 1, output });
    });
  });
}
