import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { AnyWanted } from '../../src/model/resource.ts';
import type { AppliedWanted } from '../run/apply-wanted.ts';
import { runInNamespace } from '../support/in-namespace.ts';
import { createNamespace, type Namespace } from '../support/netns.ts';
import { type OvsInstance, startOvs } from '../support/ovs.ts';

type Applying = typeof import('../run/apply-wanted.ts');

/** A namespace in which lists of wanted resources are applied; gone after the test. */
export interface WantedHost {
  ns: Namespace;
  run(wanted: AnyWanted[]): Promise<AppliedWanted>;
  /** Applies, and expects these changes, all done and nothing left to do. */
  converge(wanted: AnyWanted[], changes: string[]): Promise<void>;
  cutOffEverywhere(wanted: AnyWanted[]): ReturnType<Applying['cutOffEverywhere']>;
}

export function wantedHost(): WantedHost {
  return hostWith({});
}

export async function wantedOvsHost(): Promise<WantedHost & { ovs: OvsInstance }> {
  const environment: Record<string, string> = {};
  const host = hostWith(environment);
  const ovs = await startOvs(host.ns);
  onTestFinished(() => ovs.stop());
  Object.assign(environment, ovs.env);
  return { ...host, ovs };
}

function hostWith(environment: Record<string, string>): WantedHost {
  const ns = createNamespace();
  onTestFinished(() => ns.remove());
  const directory = mkdtempSync(join(tmpdir(), 'plk-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const call = <K extends keyof Applying>(name: K, wanted: AnyWanted[]) =>
    runInNamespace<Applying, K>(ns, 'test/run/apply-wanted.ts', name, [wanted] as never, {
      STATE_DIRECTORY: directory,
      RUNTIME_DIRECTORY: directory,
      // Never the machine's own Open vSwitch.
      OVS_RUNDIR: join(directory, 'no-ovs'),
      ...environment,
    });
  const run: WantedHost['run'] = (wanted) => call('applyWanted', wanted);
  return {
    ns,
    run,
    async converge(wanted, changes) {
      const done = await run(wanted);
      expect({ ...done, changes: done.changes.toSorted() }).toEqual({
        changes: changes.toSorted(),
        troubles: [],
        left: [],
      });
    },
    cutOffEverywhere: (wanted) => call('cutOffEverywhere', wanted),
  };
}
