import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readExchanges, type Exchange } from './recordings/exchange.ts';
import { replay, totalOf } from './recordings/replay.ts';
import { reportOf } from './recordings/report.ts';
import { measures, type Measure, type Score } from './recordings/score.ts';
import { absent, recordingsAskedFor, recordingsBeside } from './recordings/shared.ts';

/** The smallest part of each measure that must match. What differs, and why, stands in docs/local-azure.md. */
const floors: Record<Measure, number> = { status: 0.97, err: 0.95, hdr: 0.95, path: 0.95, val: 0.95 };

const assertAbove = (score: Score, floors: Record<Measure, number>): void => {
  for (const [measure, floor] of Object.entries(floors) as [Measure, number][]) {
    const { matched, of } = score[measure];
    assert.ok(matched >= floor * of, `${measures[measure]}: ${matched} of ${of} match, fewer than ${100 * floor} %`);
  }
};

const file = recordingsAskedFor ?? recordingsBeside;

test('recorded Azure traffic gets the answers of Azure', { skip: file === undefined ? absent : false }, async (t) => {
  const played = await replay(await readExchanges(file ?? ''));
  for (const line of reportOf(played).trimEnd().split('\n')) t.diagnostic(line);
  assert.ok(totalOf(played).status.of > 0, 'nothing in the file can be compared');
  if (recordingsAskedFor === undefined) assertAbove(totalOf(played), floors);
});

const harbour = fileURLToPath(new URL('recordings/harbour.jsonl', import.meta.url));

/** Everything but `regenerateKey`, which the local Azure lacks. */
const harbourFloors: Record<Measure, number> = { status: 110 / 111, err: 1, hdr: 1, path: 760 / 765, val: 1 };

test('traffic from the documentation of Azure gets the documented answers', async () => {
  assertAbove(totalOf(await replay(await readExchanges(harbour))), harbourFloors);
});

test('one altered answer is one difference in its measure, and none in the others', async () => {
  const original = await readExchanges(harbour);
  const { score: before } = (await replay(original.filter(isOfGroups)))[0] ?? assert.fail('nothing played');
  const alterations: [Measure, (exchange: Exchange) => Exchange][] = [
    ['status', (exchange) => ({ ...exchange, status: 418 })],
    ['hdr', (exchange) => ({ ...exchange, headers: { 'www-authenticate': 'Bearer' } })],
    ['path', (exchange) => ({ ...exchange, body: { ...(exchange.body as object), unheard: 'of' } })],
    ['val', (exchange) => ({ ...exchange, body: { ...(exchange.body as object), name: 'another' } })],
  ];
  for (const [altered, alter] of alterations) {
    const session = original.filter(isOfGroups).map((exchange) => (exchange.i === 1 ? alter(exchange) : exchange));
    const { score } = (await replay(session))[0] ?? assert.fail('nothing played');
    for (const measure of Object.keys(measures) as Measure[]) {
      const missed = score[measure].of - score[measure].matched - (before[measure].of - before[measure].matched);
      assert.equal(
        missed,
        measure === altered ? 1 : 0,
        `${measures[measure]} after another one of ${measures[altered]}`,
      );
    }
  }
});

const isOfGroups = ({ src }: Exchange): boolean => src === 'groups/lifecycle-with-locks';
