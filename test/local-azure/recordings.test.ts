import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingsAreThere, recordingsOf, replay, sum, type Measure, type Score } from './recordings/replay.ts';

const folders = [
  'databoxedge',
  'keyvault-mgmt',
  'keyvault-secrets',
  'locks',
  'storage',
  'monitor',
  'provider-resources',
];

/** The smallest part of each measure that must match. What differs, and why, stands in docs/local-azure.md. */
const floors: Record<Measure, number> = { status: 0.97, err: 0.95, hdr: 0.95, path: 0.95, val: 0.95 };

const absent = 'the recordings of real Azure traffic are not beside the project, so nothing was compared';

test(
  'recorded Azure traffic is answered as Azure answered it',
  { skip: recordingsAreThere ? false : absent },
  async (t) => {
    const scores: Score[] = [];
    for (const [src, exchanges] of await recordingsOf(folders)) {
      const { score, report } = await replay(src, exchanges);
      scores.push(score);
      t.diagnostic(report.split('\n')[0] ?? '');
    }
    const total = sum(scores);
    for (const [measure, floor] of Object.entries(floors)) {
      const { matched, of } = total[measure as Measure];
      assert.ok(matched >= floor * of, `${measure}: ${matched} of ${of} match, fewer than ${100 * floor} %`);
    }
  },
);
