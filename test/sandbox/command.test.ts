import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plumbline } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

const FLEET = `apiVersion: plumbline/v1
kind: Network
metadata: { name: red }
spec: {}
---
apiVersion: plumbline/v1
kind: Host
metadata: { name: kvm-a }
spec:
  guestDevices: { user: no-such-account-here }
  networks:
    red: { type: direct, mode: vepa, pool: [{ device: eth3 }] }
---
apiVersion: plumbline/v1
kind: Guest
metadata: { name: web1 }
spec: { host: kvm-a, interfaces: [{ name: eth0, network: red }] }
`;

let fleet = '';
beforeAll(() => {
  fleet = mkdtempSync(join(tmpdir(), 'plumbline-fleet-'));
  writeFileSync(join(fleet, 'all.yaml'), FLEET);
});
afterAll(() => rmSync(fleet, { recursive: true, force: true }));

describeNeeding(['root'], 'commands in a sandbox', () => {
  test('a plan’s JSON and its exit status come out as they are', async () => {
    const run = await plumbline(['plan', '--sandbox', fleet, '--host', 'kvm-a', '-o', 'json', '--exit-code']);
    expect(run.status).toBe(2);
    expect(JSON.parse(run.stdout)).toMatchObject({ host: 'kvm-a', inSync: false, summary: { create: 1 } });
    expect(run.stderr).toBe('Sandbox: stand-ins for eth3\n');
  });

  test('an apply converges, whatever accounts this machine has', async () => {
    const run = await plumbline(['apply', fleet, '--host=kvm-a', '-ojson', '--sandbox']);
    expect({ status: run.status, stderr: run.stderr }).toEqual({
      status: 0,
      stderr: 'Sandbox: stand-ins for eth3\n',
    });
    expect(JSON.parse(run.stdout).changes).toMatchObject([{ name: 'web1-eth0', result: 'done' }]);
  });

  test('a host that the fleet does not know is told as outside', async () => {
    const run = await plumbline(['plan', '--sandbox', fleet, '--host', 'kvm-z']);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain('kvm-z');
  });

  test('documents with errors are told as outside', async () => {
    writeFileSync(join(fleet, 'broken.yaml'), 'apiVersion: plumbline/v1\nkind: Gust\n');
    const run = await plumbline(['plan', '--sandbox', fleet, '--host', 'kvm-a']);
    rmSync(join(fleet, 'broken.yaml'));
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('broken.yaml');
    expect(run.stderr).not.toContain('Sandbox:');
  });
});
