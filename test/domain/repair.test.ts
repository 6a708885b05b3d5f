import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgePosture } from '../../domain/posture.ts';
import type { PostureFindings } from '../../domain/posture-findings.ts';
import { planRepair, repairedBetween } from '../../domain/repair.ts';
import { asPromised, entryOf, live, vault } from './posture-samples.ts';

const posture = (spoilt: Partial<PostureFindings> = {}) => judgePosture({ ...asPromised, ...spoilt });
const unlocked: Partial<PostureFindings> = { locks: { ...asPromised.locks, keyVault: { found: [] } } };

const partsOf = (spoilt: Partial<PostureFindings>): readonly string[] => {
  const plan = planRepair(posture(spoilt));
  return plan.action === 'repair' ? plan.parts : [];
};

suite('a repair', () => {
  test('leaves resources without drift unchanged', () => assert.deepEqual(planRepair(posture()), { action: 'leave' }));

  test('corrects drift and nothing else', () => assert.deepEqual(partsOf(unlocked), ['lock']));

  test('marks the vault that it protects if our marks are missing', () => {
    assert.deepEqual([...partsOf({ ...unlocked, keyVault: live({ tags: {} }) })].sort(), ['lock', 'marks']);
  });

  test('reports each line of drift that existed before and is gone', () => {
    const lacking = (...rights: string[]) => {
      const [ofDevice, ...others] = vault.accessPolicies;
      return posture({
        ...unlocked,
        keyVault: live({ accessPolicies: [entryOf(ofDevice!.objectId, rights), ...others] }),
      });
    };
    const subjects = (before: ReturnType<typeof lacking>, after: ReturnType<typeof lacking>): string[] =>
      repairedBetween(before, after).map(({ what }) => what);
    const before = lacking('get');
    assert.deepEqual(subjects(before, before), []);
    assert.deepEqual(subjects(before, posture()).sort(), ['device access', 'lock']);
    assert.deepEqual(subjects(before, lacking('set')), ['device access']);
  });
});
