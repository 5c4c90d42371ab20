import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNamespace } from '../support/netns.ts';
import { benchController } from './controller.ts';
import { benchLinks } from './links.ts';
import { benchOpenvswitch } from './openvswitch.ts';
import { benchPlacement } from './placement.ts';
import type { Plan } from './plan.ts';
import { Report } from './report.ts';
import { benchReservation } from './reservation.ts';
import { benchStartup } from './startup.ts';
import { benchVirtual } from './virtual.ts';

const PARTS = [
  'start',
  'macvtaps',
  'taps',
  'ovs',
  'virtual',
  'reservation',
  'controller',
  'placement',
] as const;

const USAGE = `usage: npm run bench -- [PART…] [--guests N[,N…]] [--rounds N] [--ports N] [--networks N]
PART is one of ${PARTS.join(', ')}, or links for macvtaps and taps; all of them if none is given.
--program DIR measures another bundle, such as that of an older commit.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guests: { type: 'string', default: '100,1000,4000' },
    rounds: { type: 'string', default: '5' },
    ports: { type: 'string', default: '500' },
    networks: { type: 'string', default: '20' },
    program: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
    // For the bench itself: it is inside of the namespaces with these names.
    inside: { type: 'string' },
  },
});

const chosen = new Set(positionals.flatMap((word) => (word === 'links' ? ['macvtaps', 'taps'] : [word])));
const directory = dirname(fileURLToPath(import.meta.url));

if (values.help || [...chosen].some((word) => !PARTS.some((part) => part === word))) {
  process.stderr.write(USAGE);
  process.exitCode = values.help ? 0 : 64;
} else if (process.getuid?.() !== 0) {
  process.stderr.write('The bench makes network namespaces and needs root.\n');
  process.exitCode = 1;
} else {
  process.exitCode = values.inside === undefined ? await enter() : await measureAll(values.inside.split(','));
}

/** Makes the namespaces and runs the bench in the first, so that no measured process pays for entering it. */
async function enter(): Promise<number> {
  const namespaces = Array.from({ length: 4 }, createNamespace);
  const names = namespaces.map(({ name }) => name);
  const bench = [process.execPath, ...process.argv.slice(1), '--inside', names.join(',')];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', names[0] ?? '', ...bench],
    { stdio: 'inherit' },
  );
  const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  for (const namespace of namespaces) namespace.remove();
  return status;
}

async function measureAll([own = '', near = '', far = '', libvirt = '']: string[]): Promise<number> {
  const plan: Plan = {
    program: `${values.program ?? `${directory}/dist`}/plumbline.js`,
    directory,
    rounds: Number(values.rounds),
    guests: values.guests.split(',').map(Number),
    ports: Number(values.ports),
    networks: Number(values.networks),
    namespaces: { own, near, far, libvirt },
  };
  const report = new Report();
  const wants = (part: (typeof PARTS)[number]) => chosen.size === 0 || chosen.has(part);
  if (wants('start')) await benchStartup(plan, report);
  if (wants('macvtaps')) await benchLinks('macvtap', plan, report);
  if (wants('taps')) await benchLinks('tap', plan, report);
  if (wants('ovs')) await benchOpenvswitch(plan, report);
  if (wants('virtual')) await benchVirtual(plan, report);
  if (wants('reservation')) await benchReservation(plan, report);
  if (wants('controller')) await benchController(plan, report);
  if (wants('placement')) await benchPlacement(plan, report);
  report.end();
  return 0;
}
