/** Where a host's controller is asked. */
export type HostAddress =
  | { is: 'unix'; path: string }
  | { is: 'ssh'; user: string | null; host: string; port: number | null };

const SSH =
  /^ssh:\/\/(?:([A-Za-z0-9_][A-Za-z0-9_.-]{0,31})@)?(?:([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)|\[([0-9A-Fa-f:.]{2,45})\])(?::([0-9]{1,5}))?$/;

/** Reads `Host.spec.controller`; null for what is neither. Each part is one word that no program takes for an option. */
export function hostAddress(text: string): HostAddress | null {
  if (text.startsWith('unix:///')) return { is: 'unix', path: text.slice('unix://'.length) };
  const [, user, name, literal, port] = SSH.exec(text) ?? [];
  const host = name ?? literal;
  if (host === undefined) return null;
  const number = port === undefined ? null : Number(port);
  if (number !== null && (number === 0 || number > 65_535)) return null;
  return { is: 'ssh', user: user ?? null, host, port: number };
}

/**
 * Never asks, and gives up where nobody answers: ssh_config(5). Nothing but the words is sent, and nothing of ours is
 * opened to the other side.
 */
const OPTIONS = [
  'BatchMode=yes',
  'ConnectTimeout=10',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'RequestTTY=no',
] as const;

/** What ssh(1) is given to run `plumbline WORDS` there. sshd(8) hands them to a shell, so each must be a typed token. */
export function sshWords(address: Extract<HostAddress, { is: 'ssh' }>, words: readonly string[]): string[] {
  const { user, host, port } = address;
  return [
    ...OPTIONS.flatMap((option) => ['-o', option]),
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    host,
    'plumbline',
    ...words,
  ];
}
