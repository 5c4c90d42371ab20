import type { Finding } from '../../model/finding.ts';
import { findProgram, ToolMissing } from '../../tools/programs.ts';
import type { Needs } from './subjects.ts';

interface Tool {
  name: string;
  severity: Finding['severity'];
  /** What does not work without it. */
  without: string;
}

function neededTools(needs: Needs): Tool[] {
  const tools: Tool[] = [
    { name: 'ip', severity: 'error', without: 'nothing can be read or made: no guest gets a device' },
    { name: 'flock', severity: 'error', without: 'no run can lock the host, so none starts' },
    {
      name: 'setpriv',
      severity: 'warning',
      without: 'the ip of a run that was killed works on, beside the next run',
    },
    {
      name: 'git',
      severity: 'warning',
      without: 'no commit can be read: --revision and the controller stop',
    },
  ];
  if (needs.accounts) {
    const without = 'the account that may open guest devices cannot be looked up: QEMU is refused';
    tools.push({ name: 'getent', severity: 'error', without });
  }
  if (needs.ping) {
    tools.push({ name: 'ping', severity: 'error', without: 'the probes of spec.safety cannot be made' });
  }
  if (needs.rules) {
    const without = 'networks that this host serves get neither rules nor addresses that count on them';
    tools.push({ name: 'nft', severity: 'error', without });
  }
  if (needs.service) {
    tools.push({ name: 'dnsmasq', severity: 'error', without: 'no guest gets a lease or an answer' });
    tools.push({
      name: 'ethtool',
      severity: 'warning',
      without:
        'where the kernel has no act_csum, guests that check the sums of DHCP replies, as some clients do, get no lease',
    });
  }
  return tools;
}

export function judgeTools(needs: Needs, isThere = (tool: string) => findProgram(tool) !== null): Finding[] {
  return neededTools(needs)
    .filter(({ name }) => !isThere(name))
    .map(({ name, severity, without }) => ({
      code: 'tool-missing',
      severity,
      message: `the program ${name} is not installed: ${without}`,
      found: `no ${name} in PATH, /usr/sbin and /sbin`,
      hint: `apt install ${new ToolMissing(name).package ?? name}`,
    }));
}
