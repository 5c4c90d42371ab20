import { styleText } from 'node:util';
import { EXIT } from '../cli/exit.ts';
import type { Io } from '../cli/io.ts';
import { runCommand } from '../cli/run-command.ts';
import { loadDirectory } from '../desired/load.ts';
import type { LinkState } from '../model/host.ts';
import { guestOfOwner, linkMark } from '../model/mark.ts';
import { compareText } from '../model/order.ts';
import { renderTree } from '../render/tree.ts';
import { buildSandbox } from '../sandbox/build.ts';
import { readLinks } from '../tools/ip/read.ts';
import { runTool } from '../tools/spawn.ts';
import { showcaseHost } from './showcase.ts';
import { readSwitch } from './switch.ts';

/** What commands read where they are told nothing else. */
const DIRECTORY = 'desired';

const TO_TRY = `Edit a file of ${DIRECTORY}/ in another window, such as the mtu in ${DIRECTORY}/networks/red-network.yaml, and
see it happen here. Ctrl-C ends it.
`;

/** A heading, and what is done under it: whether it went as it should. */
type Act = [string, () => Promise<boolean>];

/**
 * The main job on one host of desired/: plan, apply, in sync, a device lost behind its back, repaired, and what stands
 * in the end; when it is `watched` by somebody, then a controller that follows the files until it is stopped. Must run
 * inside of a sandbox. Returns the exit status: 0 when all of it went as it should.
 */
export async function tour(wanted: string | null, io: Io, watched: boolean): Promise<number> {
  const { fleet } = await loadDirectory(DIRECTORY, { cache: null });
  const name = wanted ?? showcaseHost(fleet);
  io.stdout.write(
    `${bold('Plumbline', io)}: the networks of one VM host, from git to the kernel, in a sandbox.\n`,
  );
  const say = (line: string) => io.stdout.write(`${line}\n`);
  const { host } = await buildSandbox(
    { directory: DIRECTORY, host: name, revision: null },
    { env: io.env, say },
  );
  const command = (word: 'plan' | 'apply' | 'watch', ...options: string[]) => {
    const words = ['--host', host, ...options];
    prompt(['plumbline', word, ...words], io);
    return runCommand(word, words, io);
  };

  const acts: Act[] = [
    [`What git wants of ${host}, and what that would change`, async () => (await command('plan')) === 0],
    ['Make it so', async () => (await command('apply')) === 0],
    ['A second look finds nothing to do', async () => (await command('plan', '--exit-code')) === 0],
    ['A guest’s device is lost behind its back', () => loseDevice(io)],
    ['The plan shows it', async () => (await command('plan', '--exit-code')) === 2],
    ['and apply repairs just that', async () => (await command('apply')) === 0],
    ['What stands now', () => showTree(host, io)],
  ];
  const handOver = async () => {
    io.stdout.write(`${TO_TRY}\n`);
    return (await command('watch', '--worktree')) === 0;
  };
  if (watched) acts.push([`A controller follows ${DIRECTORY}/ from now on`, handOver]);
  for (const [n, [title, act]] of acts.entries()) {
    heading(n + 1, title, io);
    if (await act()) continue;
    io.stderr.write(`\nThis did not go as it should: act ${n + 1}, “${title}”.\n`);
    return EXIT.failed;
  }
  io.stdout.write(`
The sandbox goes now and leaves nothing behind. Go on with

  node dist/plumbline.js check
  node dist/plumbline.js plan --sandbox --host ${host}
  node dist/plumbline.js help
`);
  return EXIT.ok;
}

async function loseDevice(io: Io): Promise<boolean> {
  const lost = guestDevice(await readLinks());
  if (lost === null) {
    io.stderr.write(
      'No guest device stands here; the line that begins with “Sandbox:” says what this machine lacks.\n',
    );
    return false;
  }
  const words = ['link', 'del', 'dev', lost.name];
  prompt(['ip', ...words], io);
  const { exitCode, stderr } = await runTool('ip', words);
  if (exitCode === 0) io.stdout.write(`${lost.name}, the device of ${lost.owner}, is gone.\n`);
  else io.stderr.write(stderr);
  return exitCode === 0;
}

/** The first guest device by name, a macvtap if there is one. */
function guestDevice(links: readonly LinkState[]): { name: string; owner: string } | null {
  const devices = links.flatMap((link) => {
    const mark = linkMark(link);
    const guest = mark.is === 'ours' ? guestOfOwner(mark.owner) : null;
    return guest === null
      ? []
      : [{ name: link.name, owner: `${guest.guest} ${guest.iface}`, macvtap: link.macvtap !== null }];
  });
  devices.sort((a, b) => Number(b.macvtap) - Number(a.macvtap) || compareText(a.name, b.name));
  return devices[0] ?? null;
}

async function showTree(host: string, io: Io): Promise<boolean> {
  const links = await readLinks();
  const ovs = await readSwitch(io.env);
  const { color, unicode, width } = io;
  io.stdout.write(renderTree(host, { links, ovs, ovsUnavailable: null }, { color, unicode, width }));
  return true;
}

function heading(n: number, title: string, io: Io): void {
  io.stdout.write(`\n${bold(`${n}. ${title}`, io)}\n`);
}

function prompt(words: readonly string[], io: Io): void {
  const line = `$ ${words.join(' ')}`;
  io.stdout.write(`${io.color ? styleText('cyan', line, { validateStream: false }) : line}\n\n`);
}

function bold(text: string, io: Io): string {
  return io.color ? styleText('bold', text, { validateStream: false }) : text;
}
