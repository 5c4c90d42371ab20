import { git } from './git.ts';
import type { RepositoryUrl } from './url.ts';

/** Of the controller's environment, what its operator may have set for reaching the remote. */
const PASSED_ON = [
  'SSH_AUTH_SOCK',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'XDG_CONFIG_HOME',
] as const;

/** Never asks, and gives up where nobody answers: ssh_config(5). */
const SSH = 'ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=3';

/** What a fetch runs in: this protocol alone, wherever the remote redirects to, and the operator's own ssh if there is one. */
export async function remoteEnvironment(
  directory: string,
  protocol: RepositoryUrl['protocol'],
): Promise<Record<string, string>> {
  const env: Record<string, string> = { GIT_ALLOW_PROTOCOL: protocol };
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  if (protocol !== 'ssh' || env.GIT_SSH_COMMAND !== undefined || env.GIT_SSH !== undefined) return env;
  const own = await git(directory, ['config', '--get', 'core.sshCommand']).catch(() => '');
  return own.trim() === '' ? { ...env, GIT_SSH_COMMAND: SSH } : env;
}
