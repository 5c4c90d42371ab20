/** Every option, as data, by the name under which commands have it. No imports, as each start loads it. */
interface OptionText {
  flag: string;
  short?: string;
  /** The word for its value; absent for a switch. */
  value?: string;
  /** The values that it may have. */
  choices?: readonly string[];
  text: string;
}

export const OPTIONS = {
  host: {
    flag: 'host',
    value: 'NAME',
    text: 'act as this host of the fleet (else $PLUMBLINE_HOST, else the hostname)',
  },
  output: {
    flag: 'output',
    short: 'o',
    value: 'FORMAT',
    choices: ['text', 'json'],
    text: 'text (the default) or json',
  },
  revision: {
    flag: 'revision',
    value: 'REV',
    text: 'read the desired state from this commit, not the working tree',
  },
  exitCode: { flag: 'exit-code', text: 'exit 2 if there are changes' },
  allowRecreate: { flag: 'allow-recreate', text: 'also replace or remove devices that running guests hold' },
  allowPrune: {
    flag: 'allow-prune',
    text: 'go ahead even if most of the host would be removed, or many guests cut',
  },
  confirm: {
    flag: 'confirm',
    value: 'SECONDS',
    text: 'go back unless confirmed in time, by Enter or plumbline confirm',
  },
  sandbox: { flag: 'sandbox', text: 'run in a throwaway network namespace with stand-ins for the NICs' },
  worktree: { flag: 'worktree', text: 'follow the files as they are saved, not the commits' },
  repo: {
    flag: 'repo',
    value: 'URL',
    text: 'keep a clone of this repository and follow it (https, ssh, file)',
  },
  branch: { flag: 'branch', value: 'B', text: 'of --repo (else the one that its HEAD names)' },
  path: { flag: 'path', value: 'P', text: 'the desired directory in --repo (else its top)' },
  interval: { flag: 'interval', value: 'S', text: 'seconds between fetches of --repo (60 if left out)' },
  allowForce: { flag: 'allow-force', text: 'follow a history that was rewritten, too' },
  verifySignatures: {
    flag: 'verify-signatures',
    value: 'FILE',
    text: 'only commits that a signer in FILE signed are applied (SSH or GPG)',
  },
  trustFrom: {
    flag: 'trust-from',
    value: 'REV',
    text: 'the commit that is trusted at first, with all before it',
  },
  listen: { flag: 'listen', value: 'PORT', text: 'serve health, metrics and status on 127.0.0.1:PORT' },
  logLevel: {
    flag: 'log-level',
    value: 'LEVEL',
    choices: ['info', 'debug', 'warn', 'error'],
    text: 'info (the default), debug, warn or error',
  },
  for: { flag: 'for', value: 'TIME', text: 'for so long: 90s, 10m, 2h, 1d (else until it is resumed)' },
  vhost: { flag: 'vhost', text: 'QEMU is to use the kernel’s vhost: {netdev:…} says so' },
  qmp: {
    flag: 'qmp',
    value: 'SOCKET',
    text: 'a monitor of QEMU’s: when the guest migrates away, its devices here are set down',
  },
  reason: { flag: 'reason', value: 'TEXT', text: 'why, for whoever looks at the status' },
  watch: { flag: 'watch', text: 'show it again and again, until Ctrl-C' },
  number: { flag: 'number', short: 'n', value: 'N', text: 'the last N runs (20 if left out)' },
  guest: { flag: 'guest', value: 'NAME', text: 'only what this guest had a part in' },
  all: { flag: 'all', text: 'with --host: a host for each guest of that one, so that it is empty then' },
  allowIslands: {
    flag: 'allow-islands',
    text: 'a guest may leave one host’s virtual network for another’s: degraded, not no',
  },
  to: { flag: 'to', value: 'HOST', text: 'the host that the guest goes to' },
  timeout: {
    flag: 'timeout',
    value: 'TIME',
    text: 'both hosts are ready within this, or it is taken back: 90s, 10m (else 5m)',
  },
  out: {
    flag: 'out',
    value: 'DIR',
    text: 'write files there, beside what is there (else to standard output)',
  },
  connect: { flag: 'connect', value: 'URI', text: 'ask this libvirt by virsh, such as qemu:///system' },
  yes: { flag: 'yes', text: 'do not ask' },
  noColor: { flag: 'no-color', text: 'no colours (so does $NO_COLOR)' },
  help: { flag: 'help', short: 'h', text: 'this text' },
} as const satisfies Record<string, OptionText>;

export type OptionName = keyof typeof OPTIONS;
