import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateDirectory } from '../../src/tools/private-directory.ts';

describe('makePrivateDirectory', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'plpd-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('makes parents too, for its user alone, and is content with what stands', () => {
    const path = join(base, 'a', 'b');
    makePrivateDirectory(path);
    makePrivateDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(base, 'a')).mode & 0o777).toBe(0o700);
  });

  it('ends where no directory can be made', () => {
    expect(() => makePrivateDirectory('/proc/nope/state')).toThrow(/ENOENT/);
    writeFileSync(join(base, 'file'), '');
    expect(() => makePrivateDirectory(join(base, 'file', 'below'))).toThrow(/ENOTDIR/);
  });
});
