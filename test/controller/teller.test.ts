import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/controller/controller.ts';
import { openLog } from '../../src/controller/log.ts';
import { runRecord } from '../../src/controller/run-record.ts';
import { teller } from '../../src/controller/teller.ts';
import type { Fleet } from '../../src/desired/fleet.ts';
import type { Plan } from '../../src/model/plan.ts';
import * as sample from '../render/plan-samples.ts';

const NO_FLEET: Fleet = {
  settings: null,
  networks: new Map(),
  hosts: new Map(),
  classes: new Map(),
  guests: new Map(),
  placements: new Map(),
  broken: new Set(),
  unreadable: false,
};
const NETWORKS = [sample.network('office', 'bridge br0', 1)];
const TAP = sample.create('link', 'web1-eth0', sample.tap(), { guests: ['web1'] });

/** A run of a plan; `done`: its changes were made. */
function runOf(plan: Plan, done: boolean): Observation {
  const outcomes = done ? sample.outcomesOf(plan) : null;
  const about = { at: 0, duration: 5, triggers: ['links' as const], status: 0 as const };
  const documents = { id: 'x', revision: plan.revision, host: 'kvm-a', notices: [], leave: new Set<never>() };
  const loaded = { fleet: NO_FLEET, problems: [], revision: plan.revision, checked: null };
  const texts = async () => ({ revision: plan.revision, files: {} });
  const good = { ...documents, loaded: { ...loaded, textOf: async () => null, texts } };
  return {
    good,
    plan,
    outcomes,
    record: runRecord(plan, outcomes, about),
    watched: { held: [], free: [], idle: [] },
  };
}

function said() {
  const lines: string[] = [];
  const fields: Record<string, unknown>[] = [];
  const write = (line: string) => {
    fields.push(JSON.parse(line));
    lines.push(JSON.parse(line).msg);
  };
  return { tell: teller(openLog({ level: 'info', terminal: false, color: false, write })), lines, fields };
}

describe('the log of runs', () => {
  const calm = { ...sample.plan(NETWORKS, []), digest: 'b' };
  const work = { ...sample.plan(NETWORKS, [TAP]), digest: 'a' };

  test('says once that the host is in sync, though a change is followed by a run that finds it made', () => {
    const { tell, lines } = said();
    tell.observed(runOf(work, true), false);
    tell.observed(runOf(calm, false), true);
    tell.observed(runOf(calm, false), true);
    expect(lines).toEqual(['create link:web1-eth0', 'in sync']);
    tell.observed(runOf(work, true), true);
    expect(lines.slice(2)).toEqual(['create link:web1-eth0', 'in sync']);
  });

  test('names a few of the guests behind a change, and how many more there are', () => {
    const guests = Array.from({ length: 1000 }, (_, n) => `g${n}`);
    const shared = sample.create('link', 'br0', sample.tap(), { guests });
    const { tell, fields } = said();
    tell.observed(runOf({ ...sample.plan(NETWORKS, [shared]), digest: 'a' }, true), false);
    expect(fields[0]).toMatchObject({ guests: guests.slice(0, 20), moreGuests: 980 });
    tell.observed(runOf(work, true), false);
    expect(fields[2]).toMatchObject({ guests: ['web1'] });
    expect(fields[2]).not.toHaveProperty('moreGuests');
  });

  test('says what cannot be kept once, and when it can be again', () => {
    const { tell, lines } = said();
    tell.onTrouble('the disk is full', null);
    tell.onTrouble('the disk is full', null);
    tell.onKept('history');
    tell.onTrouble('the disk is full', null);
    expect(lines).toEqual(['the disk is full', 'the history can be written again', 'the disk is full']);
  });
});
