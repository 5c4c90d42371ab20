import { expect, test } from 'vitest';
import { Approvals, isApprovalDigest, shortDigest } from '../../src/controller/approvals.ts';

const DIGEST = '0123456789abcdef0123456789abcdef';
const OTHER = 'fedcba98765432100123456789abcdef';
const NOW = 1_000_000;
const HOUR = 3_600_000;

test('an approval holds for the plan that waits, and for no other', () => {
  const approvals = new Approvals();
  expect(approvals.approve(DIGEST, DIGEST, NOW).ok).toBe(true);
  expect(approvals.holds(DIGEST, NOW)).toBe(true);
  expect(approvals.holds(OTHER, NOW)).toBe(false);
});

test('the first digits are enough', () => {
  const approvals = new Approvals();
  expect(approvals.approve(shortDigest(DIGEST), DIGEST, NOW).ok).toBe(true);
  expect(approvals.holds(DIGEST, NOW)).toBe(true);
  expect(['0123456', '', 'x'.repeat(12), `${DIGEST}0`].map(isApprovalDigest)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('it is used once', () => {
  const approvals = new Approvals();
  approvals.approve(DIGEST, DIGEST, NOW);
  approvals.use(DIGEST);
  expect(approvals.holds(DIGEST, NOW)).toBe(false);
});

test('it is over after an hour', () => {
  const approvals = new Approvals();
  approvals.approve(DIGEST, DIGEST, NOW);
  expect(approvals.holds(DIGEST, NOW + HOUR - 1)).toBe(true);
  expect(approvals.holds(DIGEST, NOW + HOUR)).toBe(false);
});

test('a plan that does not wait cannot be approved, and the answer names the one that does', () => {
  const approvals = new Approvals();
  expect(approvals.approve(OTHER, null, NOW)).toEqual({
    ok: false,
    message: 'nothing waits for approval here',
  });
  const answer = approvals.approve(OTHER, DIGEST, NOW);
  expect(answer.ok).toBe(false);
  expect(answer.message).toContain(shortDigest(DIGEST));
  expect(approvals.holds(OTHER, NOW)).toBe(false);
});
