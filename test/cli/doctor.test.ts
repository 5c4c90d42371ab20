import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { desiredDirectory, document, scratch } from '../support/desired-directory.ts';
import { type Namespace, until, withNamespace } from '../support/netns.ts';
import { programFile, runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

const FLEET = {
  'all.yaml': [
    document('Network', 'office', '{}'),
    document('Host', 'kvm-a', '{ networks: { office: { type: bridge, bridge: br-office, manage: true } } }'),
    document('Guest', 'web1', '{ host: kvm-a, interfaces: [{ name: eth0, network: office }] }'),
  ].join('---\n'),
};

/** The program in a network namespace, whose links `batch` makes. */
async function doctor(batch: string, directory: string, ...words: string[]) {
  return withNamespace((namespace) => {
    if (batch !== '') namespace.ip(batch);
    return examine(namespace, '0', directory, words);
  });
}

/** `calls`: whether frames that bridges forward pass the firewall; the machine's default holds in a new namespace. */
function examine(namespace: Namespace, calls: '0' | '1', directory: string, words: readonly string[]) {
  const sysctls = ['iptables', 'ip6tables'].map((tables) => `net.bridge.bridge-nf-call-${tables}=${calls}`);
  namespace.exec('sysctl', '-qw', ...sysctls);
  const state = scratch();
  return runProgram(
    'ip',
    ['netns', 'exec', namespace.name, process.execPath, programFile(), 'doctor', directory, ...words],
    { env: { ...process.env, STATE_DIRECTORY: state, RUNTIME_DIRECTORY: state, NO_COLOR: '1' } },
  );
}

describe('plumbline doctor', () => {
  test('a host on which nothing fights', async () => {
    const { status, stdout, stderr } = await doctor('', desiredDirectory(FLEET), '--host', 'kvm-a');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Host kvm-a: nothing /);
  });

  test('another program’s tap under a guest device’s name, and a mark of nobody', async () => {
    const batch = [
      'tuntap add dev web1-eth0 mode tap',
      'link set dev web1-eth0 alias one-42',
      'link add name stray type bridge',
      'link set dev stray alias plumbline:what',
    ].join('\n');
    const { status, stdout } = await doctor(batch, desiredDirectory(FLEET), '--host', 'kvm-a', '-o', 'json');
    expect(status).toBe(1);
    const shown: { findings: { code: string; severity: string }[] } = JSON.parse(stdout);
    expect(shown).toMatchObject({ version: 1, healthy: false });
    const errors = shown.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual(['foreign-alias']);
    expect(shown.findings.map(({ code }) => code)).toContain('alias-unknown');
  });

  test('documents that cannot be applied, and none at all', async () => {
    const unknown = await doctor('', desiredDirectory(FLEET), '--host', 'kvm-z');
    expect(unknown.status).toBe(1);
    expect(unknown.stdout).toContain('the fleet does not know a host kvm-z');
    const none = await doctor('', '/no/such/directory');
    expect(none.status).toBe(0);
    expect(none.stdout).toContain('documents-missing');
  });

  test('a firewall that drops what a bridge forwards, documents or not', async () => {
    await withNamespace(async (namespace) => {
      namespace.ip('link add name br0 type bridge');
      namespace.exec(
        'nft',
        'add table inet t; add chain inet t c { type filter hook forward priority 0; policy drop; }',
      );
      const { status, stdout } = await examine(namespace, '1', '/no/such/directory', []);
      expect(status).toBe(1);
      expect(stdout).toMatch(/x bridge-firewall\n/);
    });
  });
});

describeNeeding(['root', 'nft', 'dnsmasq'], 'plumbline doctor where networks are served', () => {
  test('what fights with them, in the words of a plan', async () => {
    const directory = desiredDirectory({
      'all.yaml': [
        document(
          'Network',
          'lab',
          '{ addressing: [{ subnet: 10.20.0.0/24, gateway: 10.20.0.1, dhcp: {} }] }',
        ),
        document('Host', 'kvm-a', '{ networks: { lab: { type: virtual, bridge: vb-lab, forward: nat } } }'),
      ].join('---\n'),
    });
    await withNamespace(async (namespace) => {
      namespace.ip('link set dev lo up\n');
      // As Docker leaves it.
      namespace.exec(
        'nft',
        'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }',
      );
      const holder = startInside(
        namespace,
        'dnsmasq',
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--pid-file=',
        '--user=root',
      );
      try {
        await until('it listens', () => namespace.exec('ss', '-Hltn', 'sport = :53') !== '');
        const { stdout } = await examine(namespace, '0', directory, ['--host', 'kvm-a', '-o', 'json']);
        const { findings }: { findings: { code: string; found: string; message: string }[] } =
          JSON.parse(stdout);
        const codes = ['dns-port-taken', 'foreign-firewall-drops'];
        expect(findings.filter(({ code }) => codes.includes(code))).toMatchObject([
          {
            code: 'dns-port-taken',
            severity: 'error',
            found: expect.stringMatching(/^dnsmasq \(pid \d+\) at port 53/),
          },
          { code: 'foreign-firewall-drops', severity: 'warning', found: 'ip filter FORWARD' },
        ]);
      } finally {
        holder.kill('SIGKILL');
      }
    });
  });
});

function startInside(namespace: Namespace, ...words: string[]) {
  return spawn('ip', ['netns', 'exec', namespace.name, ...words], { stdio: 'ignore' });
}
