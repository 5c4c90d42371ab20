import type { OptionName } from './command-options.ts';

/** A word that is no option. */
export interface ArgumentText {
  name: string;
  /** What it is where it is left out. */
  default?: string;
  /** The command does not do without it. */
  required?: true;
  /** It takes all words that are left. */
  many?: true;
  text: string;
}

export interface CommandText {
  summary: string;
  /** In their order, by the name under which the command has them. */
  arguments: Readonly<Record<string, ArgumentText>>;
  /** What the words behind `--` are, for a command that takes another program's. */
  program?: string;
  options: readonly OptionName[];
  /** Exit statuses that scripts may rely on. */
  exit: readonly (readonly [number, string])[];
}

const DIR = { name: 'DIR', default: 'desired', text: 'the desired directory (default: desired)' } as const;
const GUEST = { name: 'GUEST', text: 'one guest; the whole host if left out' } as const;
const GUEST_NAME = { name: 'GUEST', required: true, text: 'the guest, as its document names it' } as const;
const DIGEST = {
  name: 'DIGEST',
  required: true,
  text: 'of the plan that waits, as status shows it; its first 8 digits are enough',
} as const;
const KIND = { name: 'KIND', text: 'one kind of document; all of them if left out' } as const;

/** Of commands that only ask a running controller. */
const ASKED = [
  [0, 'done'],
  [1, 'refused'],
  [2, 'no controller runs here'],
] as const;

/** Every command, as data: the parser, the help and the completion of mistyped words read it, at each start. */
export const COMMANDS = {
  check: {
    summary: 'validate the whole fleet, touching nothing',
    arguments: { directory: DIR },
    options: ['output', 'revision', 'noColor', 'help'],
    exit: [
      [0, 'valid'],
      [1, 'not valid'],
    ],
  },
  plan: {
    summary: 'show what apply would change on this host, touching nothing',
    arguments: { directory: DIR },
    options: ['host', 'output', 'revision', 'exitCode', 'allowRecreate', 'sandbox', 'noColor', 'help'],
    exit: [
      [0, 'planned'],
      [1, 'it cannot tell'],
      [2, 'with --exit-code: there are changes, held ones too'],
    ],
  },
  apply: {
    summary: 'make it so, then read the host again and verify',
    arguments: { directory: DIR },
    options: [
      'host',
      'output',
      'revision',
      'allowRecreate',
      'allowPrune',
      'confirm',
      'sandbox',
      'noColor',
      'help',
    ],
    exit: [
      [0, 'converged'],
      [1, 'not converged: what could be done is done, the rest is reported; not confirmed'],
      [2, 'converged but for what is held back'],
      [75, 'another run has the host'],
    ],
  },
  teardown: {
    summary: 'remove all that Plumbline owns here, after showing it',
    arguments: {},
    options: ['output', 'allowRecreate', 'yes', 'noColor', 'help'],
    exit: [
      [0, 'removed'],
      [1, 'not all of it could be removed'],
      [2, 'removed but for what is held back'],
      [75, 'another run has the host'],
    ],
  },
  watch: {
    summary: 'keep this host true to git: the controller',
    arguments: { directory: DIR },
    options: [
      'host',
      'worktree',
      'repo',
      'branch',
      'path',
      'interval',
      'allowForce',
      'verifySignatures',
      'trustFrom',
      'listen',
      'logLevel',
      'sandbox',
      'noColor',
      'help',
    ],
    exit: [
      [0, 'ended by SIGTERM or Ctrl-C'],
      [75, 'another controller has the host'],
    ],
  },
  status: {
    summary: 'tell whether all is well, and what there is',
    arguments: {
      directory: {
        name: 'DIR',
        default: 'desired',
        text: 'the desired directory, where no controller runs (default: desired)',
      },
    },
    options: ['host', 'output', 'watch', 'noColor', 'help'],
    exit: [
      [0, 'all is well'],
      [1, 'something is to be looked at'],
      [2, 'no controller runs: this is told from the host alone'],
    ],
  },
  history: {
    summary: 'show the runs that changed something',
    arguments: {},
    options: ['number', 'guest', 'output', 'noColor', 'help'],
    exit: [[0, 'shown']],
  },
  pause: {
    summary: 'let drift be: show it, and repair nothing',
    arguments: { guest: GUEST },
    options: ['for', 'reason', 'noColor', 'help'],
    exit: ASKED,
  },
  resume: {
    summary: 'end a pause',
    arguments: { guest: GUEST },
    options: ['noColor', 'help'],
    exit: ASKED,
  },
  reconcile: {
    summary: 'have the controller look at git and at the host now',
    arguments: {},
    options: ['noColor', 'help'],
    exit: [
      [0, 'looked, and all is well'],
      [1, 'looked, and something is to be looked at'],
      [2, 'no controller runs here'],
    ],
  },
  approve: {
    summary: 'let a plan go ahead that is held for approval, once',
    arguments: { digest: DIGEST },
    options: ['noColor', 'help'],
    exit: ASKED,
  },
  confirm: {
    summary: 'keep what an apply --confirm has made',
    arguments: {},
    options: ['noColor', 'help'],
    exit: [
      [0, 'kept'],
      [1, 'nothing waits to be confirmed'],
    ],
  },
  exec: {
    summary: 'start a program, such as QEMU, with the guest’s devices',
    arguments: {
      guest: { name: 'GUEST', required: true, text: 'the guest, as its document names it' },
      directory: DIR,
    },
    program:
      'the program to start, with {netdev:eth0}, {fd:eth0}, {mac:eth0} or {device:eth0} in its arguments,',
    options: ['host', 'vhost', 'qmp', 'noColor', 'help'],
    exit: [
      [125, 'it did not come to the program: the reason is told'],
      [126, 'the program may not be executed'],
      [127, 'there is no such program; any other status is the program’s own'],
    ],
  },
  migrate: {
    summary: 'move a guest by COMMAND, with git and both hosts made ready for it',
    arguments: { guest: GUEST_NAME, directory: DIR },
    program: 'the command that moves the guest, such as virsh migrate --live,',
    options: ['to', 'timeout', 'allowIslands', 'noColor', 'help'],
    exit: [
      [0, 'the guest is on HOST, and git says so'],
      [1, 'it stays where it was, or git could not be told: the reason is told'],
      [75, 'another migrate of this guest runs on this machine'],
      [127, 'there is no such program; any other status is that of COMMAND, which failed, or of a signal'],
    ],
  },
  claim: {
    summary: 'a guest is about to run here: make its devices ready',
    arguments: {
      guest: { name: 'GUEST', required: true, text: 'the guest' },
      directory: {
        name: 'DIR',
        default: 'desired',
        text: 'the desired directory, where no controller runs (default: desired)',
      },
    },
    options: ['host', 'for', 'noColor', 'help'],
    exit: [
      [0, 'its devices are ready'],
      [1, 'refused, and the claim is taken back: the pool is full, the network is not here, …'],
      [75, 'another run has the host'],
    ],
  },
  release: {
    summary: 'a guest has gone elsewhere: set its devices here down, at once',
    arguments: {
      guest: {
        name: 'GUEST',
        required: true,
        text: 'the guest; its devices stay down until git has said where it is',
      },
    },
    options: ['noColor', 'help'],
    exit: [
      [0, 'its devices are down'],
      [1, 'none of ours stands, or not all went down'],
    ],
  },
  doctor: {
    summary: 'tell what on this host will fight with Plumbline or break guests',
    arguments: { directory: DIR },
    options: ['host', 'verifySignatures', 'output', 'noColor', 'help'],
    exit: [
      [0, 'nothing does; warnings at most'],
      [1, 'something does, or the documents cannot be applied'],
    ],
  },
  where: {
    summary: 'tell on which hosts a guest can be, and why, by the documents',
    arguments: {
      guest: { name: 'GUEST', text: 'the guest; with --all none, and the directory comes first' },
      directory: DIR,
    },
    options: ['host', 'all', 'allowIslands', 'output', 'revision', 'noColor', 'help'],
    exit: [
      [0, 'told; with --all: there is a host for each guest'],
      [1, 'it cannot tell; with --all: not for each guest'],
    ],
  },
  'can-migrate': {
    summary: 'tell whether a guest can be on a host, and why, by the documents',
    arguments: {
      guest: { name: 'GUEST', required: true, text: 'the guest, as its document names it' },
      target: { name: 'HOST', required: true, text: 'the host that it is to go to' },
      directory: DIR,
    },
    options: ['allowIslands', 'output', 'revision', 'noColor', 'help'],
    exit: [
      [0, 'it can; the verdict is yes or degraded'],
      [1, 'it cannot, or that cannot be told'],
    ],
  },
  'libvirt interfaces': {
    summary: 'print a guest’s <interface> elements, the same on every host',
    arguments: { guest: GUEST_NAME, directory: DIR },
    options: ['revision', 'noColor', 'help'],
    exit: [
      [0, 'printed'],
      [1, 'the fleet does not know the guest, or has errors'],
    ],
  },
  'libvirt import': {
    summary: 'write documents for networks and guests that libvirt has',
    arguments: {
      files: {
        name: 'FILE',
        many: true,
        text: 'network and domain XML, as virsh net-dumpxml and dumpxml print it',
      },
    },
    options: ['host', 'out', 'connect', 'noColor', 'help'],
    exit: [
      [0, 'every file was carried over; what of it was not is told on standard error'],
      [1, 'some file was refused, or nothing could be read'],
    ],
  },
  'libvirt networks': {
    summary: 'print a host’s networks as libvirt’s <network> elements',
    arguments: { directory: DIR },
    options: ['host', 'output', 'revision', 'noColor', 'help'],
    exit: [
      [0, 'printed; what libvirt cannot say of them is told on standard error'],
      [1, 'some cannot be printed, or the fleet has errors'],
    ],
  },
  schema: {
    summary: 'print the JSON Schema of the documents, for editors',
    arguments: { kind: KIND },
    options: ['noColor', 'help'],
    exit: [[0, 'printed']],
  },
} as const satisfies Record<string, CommandText>;

export type CommandName = keyof typeof COMMANDS;

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}
