import { expect, test } from 'vitest';
import { desiredDirectory, document, scratch } from '../support/desired-directory.ts';
import { plumbline } from '../support/program.ts';

const NETWORK = document('Network', 'red', '{ mtu: 1500 }');

/** The cache in a place of the test's own. */
function run(...argv: string[]) {
  return plumbline(argv, { env: { ...process.env, CACHE_DIRECTORY: scratch() } });
}

test('a valid fleet: what it is, the next command, and exit 0', async () => {
  const directory = desiredDirectory({ 'red.yaml': NETWORK });
  const { status, stdout, stderr } = await run('check', directory);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(
    `Valid: ${directory}: 0 hosts, 1 network, 0 guests.\nNext: plumbline plan ${directory}\n`,
  );
});

test('a fleet with errors: each with its line, and exit 1', async () => {
  const directory = desiredDirectory({
    'red.yaml': NETWORK.replace('mtu', 'mtoo'),
    'web1.yaml': document('Guest', 'web1', '{ host: kvm-x, interfaces: [] }'),
  });
  const { status, stdout } = await run('check', directory);
  expect(status).toBe(1);
  expect(stdout).toContain(`error[unknown-key] ${directory}/red.yaml:4:9 spec.mtoo\n`);
  expect(stdout).toContain('  4 | spec: { mtoo: 1500 }\n    |         ^^^^\n');
  expect(stdout).toContain(`error[unknown-host] ${directory}/web1.yaml:4:9 spec.host\n`);
  expect(stdout).toMatch(/\nNot valid: .*: 2 errors\.\n$/);
});

test('JSON, of a directory that cannot be read as well', async () => {
  const good = await run('check', desiredDirectory({ 'red.yaml': NETWORK }), '-o', 'json');
  expect(JSON.parse(good.stdout)).toEqual({
    version: 1,
    valid: true,
    counts: { networks: 1, hosts: 0, classes: 0, guests: 0, placements: 0, errors: 0, warnings: 0 },
    problems: [],
  });
  const none = await run('check', scratch(), '-o', 'json');
  expect(none.status).toBe(1);
  expect(JSON.parse(none.stdout)).toMatchObject({ valid: false, problems: [{ code: 'empty-directory' }] });
});

test('plan and apply answer in JSON too when they come to no plan', async () => {
  const directory = desiredDirectory({ 'red.yaml': NETWORK });
  for (const [argv, code] of [
    [['plan', directory, '--host', 'kvm-x'], 'unknown-host'],
    [['plan', scratch(), '--host', 'kvm-x'], 'empty-directory'],
    [['apply', directory, '--host', 'kvm-x'], 'unknown-host'],
  ] as const) {
    const { status, stdout } = await run(...argv, '-o', 'json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, valid: false, problems: [{ code }] });
  }
});

test('a directory that cannot be read: why, on standard error, and exit 1', async () => {
  const { status, stdout, stderr } = await run('check', '/dev/null/missing');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^error\[unreadable\]\n/);
});

test('schema prints one kind or any, and knows no other', async () => {
  expect(JSON.parse((await run('schema', 'Guest')).stdout)).toMatchObject({ title: 'Plumbline Guest' });
  expect(JSON.parse((await run('schema')).stdout)).toMatchObject({ title: 'Plumbline document' });
  const { status, stderr } = await run('schema', 'Gest');
  expect(status).toBe(64);
  expect(stderr).toContain('did you mean Guest?');
});
