/** Many callers and many decisions about what is blocked, with and without a worker. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { AseError, type DecisionOutcome, type FoundBlocked, type ManyDecision } from '../../client.ts';
import { countBlocked } from '../../client/searches.ts';
import { linksInto } from '../../client/searches.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

const strangersVault = 'strangers-vault';

suite('a blocked operation', { concurrency: 1 }, () => {
  let stack: Stack;
  const idOf = (name: string): string => stack.device(name).id;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  /** Blocked because the name of its vault is somebody else's. */
  const block = async (name: string): Promise<void> => {
    await stack.ase.start({ deviceId: idOf(name), keyVaultName: strangersVault });
    await until(`${name} is blocked`, async () => (await stack.ase.status({ deviceId: idOf(name) })).blocked);
  };

  const findAll = (count: number): Promise<FoundBlocked[]> =>
    until(`${count} are listed`, async () => {
      const found = await stack.ase.findBlocked({ failure: 'VaultNameTaken' });
      return found.length === count ? found : undefined;
    });

  const outcomesOf = (outcomes: readonly DecisionOutcome[]): string[] => outcomes.map(({ outcome }) => outcome).sort();

  test('keeps five of ten callers waiting, accepts a decision at once, and all ten end with the key', async () => {
    const { ase } = stack;
    const deviceId = idOf('edge-1');
    await block('edge-1');
    const callers = Array.from({ length: 10 }, () => ase.generateActivationKey({ deviceId }));
    const turnedAway: AseError[] = [];
    const waiting = callers.map((caller) =>
      caller.catch((error: unknown) => {
        assert.ok(error instanceof AseError && error.type === 'TooManyWaiters', String(error));
        turnedAway.push(error);
        return undefined;
      }),
    );
    await until('five are turned away', () => turnedAway.length === 5);
    assert.deepEqual(turnedAway[0]?.actions, [{ action: 'result', deviceId }]);

    const input = { keyVaultName: 'vault-for-ten' };
    assert.equal((await ase.decide({ deviceId, decision: 'retry', by: 'ada', input })).sent, 'update');
    const keys = (await Promise.all(waiting)).filter((key) => key !== undefined);
    const polled = await Promise.all(
      turnedAway.map(async () => (await ase.result({ deviceId, procedure: 'generateActivationKey' })).activationKey),
    );
    assert.deepEqual([keys.length, polled.length], [5, 5]);
    assert.equal(new Set([...keys, ...polled].map(({ secretId }) => secretId)).size, 1);
  });

  /** Three people with the same decision about all at once. */
  const decideThrice = async (found: readonly FoundBlocked[]): Promise<DecisionOutcome[]> => {
    const request = { decision: 'retry', reason: 'name is free' } as const;
    const batches = ['ada', 'bob', 'cyd'].map((by) => stack.ase.decideMany({ found, ...request, by }));
    return (await Promise.all(batches)).flat();
  };

  test('accepts one of many decisions, and gives the others the reason', async () => {
    const { ase, azure } = stack;
    await block('edge-2');
    const found = await findAll(1);
    assert.equal((await ase.surveyBlocked({ procedure: 'deleteDevice' })).total, 0);
    const skipped = await ase.decideMany({ found, decision: 'skip', by: 'ada' });
    assert.deepEqual(outcomesOf(skipped), ['refused']);
    assert.match(skipped[0]?.because ?? '', /cannot be skipped/);

    delete azure.state.vaults[strangersVault];
    const [applied, ...others] = outcomesOf(await decideThrice(found));
    assert.equal(applied, 'applied');
    assert.ok(others.length === 2 && others.every((outcome) => /^(decided before|gone)$/.test(outcome)), others.join());
    assert.equal(
      (await ase.result({ deviceId: idOf('edge-2'), procedure: 'generateActivationKey' })).keyVault.name,
      strangersVault,
    );
    assert.equal((await ase.status({ deviceId: idOf('edge-2') })).decisions.length, 1);
    assert.deepEqual(outcomesOf(await ase.decideMany({ found, decision: 'abort', by: 'ada' })), ['gone']);
  });

  test('accepts one decision for each block if a retry is blocked again', async () => {
    await block('edge-3');
    const told = await decideThrice(await findAll(1));
    const applied = told.filter(({ outcome }) => outcome === 'applied').map((outcome) => outcome.block);
    assert.ok(applied.length > 0);
    assert.equal(new Set(applied).size, applied.length, JSON.stringify(told));
    assert.ok(
      told.every(({ outcome }) => /^(applied|decided before|gone)$/.test(outcome)),
      JSON.stringify(told),
    );
    const { id } = stack.device('edge-3');
    await until('it is blocked again', async () => (await stack.ase.status({ deviceId: id })).blocked);
    assert.equal(
      (await stack.ase.status({ deviceId: id })).decisions.filter((each) => each.applied).length,
      applied.length,
    );
  });

  test('gets no further decision from a command that was stopped', async () => {
    const { ase } = stack;
    const found = await findAll(1);
    const untouched = await ase.decideMany({ found, decision: 'abort', by: 'ada' }, { signal: AbortSignal.abort() });
    assert.deepEqual(untouched, []);
    assert.ok((await ase.status({ deviceId: idOf('edge-3') })).blocked);
  });

  test('gets no decision from an invalid request for many', async () => {
    const refused = (request: ManyDecision) =>
      assert.rejects(stack.ase.decideMany({ found: [], ...request }), ({ type }: AseError) => type === 'InvalidInput');
    await refused({ decision: 'retry', by: 'ada', input: { size: 'large' } });
    await refused({ decision: 'abort', by: 'two\nlines' });
    await assert.rejects(
      stack.ase.findBlocked({ step: "x' OR 'a'='a" }),
      ({ type }: AseError) => type === 'InvalidInput',
    );
  });

  test('keeps a decision that is sent twice while no worker runs, and applies it once', async () => {
    const { ase, worker } = stack;
    await worker.kill();
    const found = await findAll(1);
    const survey = await ase.surveyBlocked({});
    assert.equal(survey.worker, false);
    assert.partialDeepStrictEqual(survey.counts, [{ step: 'planActivation', failure: 'VaultNameTaken', count: 1 }]);
    assert.equal(survey.operations[0]?.since, undefined);

    const retry = { decision: 'retry', by: 'ada' } as const;
    const input = { softDeletedVault: 'recover' };
    assert.deepEqual(outcomesOf(await ase.decideMany({ found, ...retry, input })), ['signalled']);
    assert.deepEqual(outcomesOf(await ase.decideMany({ found, ...retry, by: 'bob' })), ['signalled']);
    await worker.start();
    const decisions = await until('both are recorded', async () => {
      const { decisions } = await ase.status({ deviceId: idOf('edge-3') });
      return decisions.filter(({ by }) => by === 'bob').length > 0 ? decisions : undefined;
    });
    const [first, second] = decisions.slice(-2);
    assert.deepEqual([first?.by, first?.applied, second?.by, second?.applied], ['ada', true, 'bob', false]);
    assert.match(second?.ignoredBecause ?? '', /already been decided: retry by ada/);
  });
});

test('blocks are counted by step and failure, the most frequent first', () => {
  const of = (step: string, failure: string) => ({ step, failure });
  const found = [of('b', 'X'), of('a', 'Y'), of('a', 'X'), of('b', 'X')];
  assert.deepEqual(countBlocked(found), [
    { step: 'b', failure: 'X', count: 2 },
    { step: 'a', failure: 'X', count: 1 },
    { step: 'a', failure: 'Y', count: 1 },
  ]);
  assert.deepEqual(countBlocked([]), []);
});

test('the README has the pages of the web UI that do not depend on the date', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const links = linksInto({ uiUrl: '', namespace: 'default' });
  for (const { what, url } of links.slice(0, 2)) assert.ok(readme.includes(`- ${what}: \`${url}\``), what);
});

test('links contain the namespace, and there are none if the web UI is unknown', () => {
  const [blocked, , expiring] = linksInto({ uiUrl: 'https://ui.example', namespace: 'edge' }, Date.UTC(2026, 0, 1));
  assert.ok(blocked?.url.startsWith('https://ui.example/namespaces/edge/workflows?query=AseBlockedStep%20IS'));
  assert.equal(expiring?.query, "AseKeyExpiry BETWEEN '2026-01-01T00:00:00.000Z' AND '2026-01-02T00:00:00.000Z'");
  assert.deepEqual(linksInto({ namespace: 'edge' }), []);
});
