import { expect, it } from 'vitest';
import { renderPlanJson } from '../../src/render/plan-json.ts';
import * as sample from './plan-samples.ts';

const plan = sample.plan(
  [sample.network('red-network', 'direct vepa', 1)],
  [
    sample.create('link', 'web1-eth0', sample.macvtap('eth2', { owner: { uid: null, gid: 108 } }), {
      guests: ['web1'],
    }),
    sample.change('delete', sample.observed('link', 'old-eth0', sample.tap(), 'Guest/old/eth0'), null, {
      guests: ['old'],
      impact: 'remove',
      running: ['old'],
      gate: { is: 'held', why: 'guestRuns', held: { is: 'held', pids: [4121] } },
    }),
  ],
  [{ code: 'odd', severity: 'warning', message: 'odd', source: { file: 'a.yaml', line: 1, column: 2 } }],
);

it('prints the contract, key by key, before an apply', () => {
  expect(JSON.stringify(renderPlanJson(plan, null), null, 1)).toMatchInlineSnapshot(`
    "{
     "version": 1,
     "host": "kvm-a",
     "revision": "3f2a91c0d5f1f0a4b3c2d1e0f9a8b7c6d5e4f3a2",
     "digest": "sha256:1",
     "inSync": false,
     "summary": {
      "create": 1,
      "update": 0,
      "replace": 0,
      "delete": 0,
      "held": 1,
      "skipped": 0
     },
     "changes": [
      {
       "action": "create",
       "kind": "link",
       "name": "web1-eth0",
       "guests": [
        "web1"
       ],
       "network": "red-network",
       "impact": "none",
       "reason": "missing",
       "source": {
        "file": "guests/web1.yaml",
        "line": 9
       },
       "before": null,
       "after": {
        "kind": "macvtap",
        "up": true,
        "mtu": 1500,
        "mac": "52:54:00:12:34:56",
        "parent": "eth2",
        "mode": "vepa",
        "owner": {
         "gid": 108
        }
       },
       "fields": [],
       "gate": {
        "is": "open"
       }
      },
      {
       "action": "delete",
       "kind": "link",
       "name": "old-eth0",
       "guests": [
        "old"
       ],
       "network": null,
       "impact": "remove",
       "reason": "not wanted here",
       "source": null,
       "before": {
        "kind": "tap",
        "up": true,
        "mtu": null,
        "mac": null,
        "master": null,
        "isolated": null,
        "multiQueue": false,
        "altname": null,
        "owner": null
       },
       "after": null,
       "fields": [],
       "gate": {
        "is": "held",
        "why": "guestRuns",
        "held": {
         "is": "held",
         "pids": [
          4121
         ]
        }
       },
       "running": [
        "old"
       ]
      }
     ],
     "problems": [
      {
       "code": "odd",
       "severity": "warning",
       "message": "odd",
       "source": {
        "file": "a.yaml",
        "line": 1,
        "column": 2
       }
      }
     ]
    }"
  `);
});

it('adds results after an apply, and a message where there is one', () => {
  const outcomes = sample.outcomesOf(plan, {
    'link:web1-eth0': ['failed', 'RTNETLINK answers: File exists'],
  });
  expect(renderPlanJson(plan, outcomes)).toMatchObject({
    changes: [{ result: 'failed', message: 'RTNETLINK answers: File exists' }, { result: 'held' }],
  });
  expect(JSON.stringify(renderPlanJson(plan, new Map()))).toContain('"result":"not-run"');
  expect(renderPlanJson(plan, new Map())).not.toHaveProperty('unfinished');
  expect(renderPlanJson(plan, new Map(), 3)).toHaveProperty('unfinished', 3);
});
