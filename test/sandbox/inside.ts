import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { buildSandbox } from '../../src/sandbox/build.ts';
import { enterSandbox } from '../../src/sandbox/enter.ts';
import { holdLifeline } from '../../src/sandbox/lifeline.ts';
import { readLinks } from '../../src/tools/ip/read.ts';
import { runTool } from '../../src/tools/spawn.ts';

/**
 * A program for the sandbox's tests: inside, it tells in one line of JSON what is there, then does what the second word
 * says: `exit` with 7, `wait` for a signal, or `spin` without ever looking.
 */
async function inside(directory: string, then: string): Promise<number> {
  holdLifeline();
  const { env } = process;
  const { settings } = await buildSandbox(
    { directory, host: 'kvm-a', revision: null },
    { env, say: console.error },
  );
  const ovs = await runTool('ovs-vsctl', ['--timeout=10', 'list-br'], {}).catch(() => null);
  const report = {
    namespace: readlinkSync('/proc/self/ns/net'),
    links: (await readLinks()).map(({ name, up, carrier, mtu, mac, altnames, type }) => {
      return { name, up, carrier, mtu, mac, altnames, type };
    }),
    ovsBridges: ovs?.stdout.trim().split('\n') ?? [],
    settings,
    run: readdirSync('/run').sort(),
    sys: readdirSync('/sys/class/net').sort(),
    directories: [env.STATE_DIRECTORY, env.RUNTIME_DIRECTORY, env.CACHE_DIRECTORY],
    terminal: process.stdin.isTTY === true,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (then === 'wait') await new Promise((resolve) => setTimeout(resolve, 600_000));
  // Ends by itself at last, should a test forget it.
  for (const end = Date.now() + 60_000; then === 'spin' && Date.now() < end; );
  return 7;
}

/** Outside. $HIDE is a program that is not to be found; then this process must have a mount namespace of its own. */
async function outside(directory: string, then: string): Promise<number> {
  const hidden = process.env.HIDE;
  if (hidden && existsSync(hidden)) await runTool('mount', ['--bind', '/dev/null', hidden]);
  return enterSandbox(process.argv[1] ?? '', ['inside', directory, then]);
}

const [first = '', second = '', third = ''] = process.argv.slice(2);
process.exitCode = await (first === 'inside' ? inside(second, third) : outside(first, second));
