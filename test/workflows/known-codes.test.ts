/**
 * What Azure is known to answer, played through whole procedures: at the call where it was met, once where it passes and always
 * where it does not. The same answers are read one by one in `test/azure/known-codes.test.ts`.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Activities } from '../../activities/index.ts';
import { failureEntry, type FailureType } from '../../domain/failures.ts';
import { refusal } from '../azure/clients.ts';
import { isCall, type CallName } from '../azure/known-calls.ts';
import { knownCodes, type KnownCode } from '../azure/known-codes.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, failureOf, runToRest, type World, type WorldOptions } from '../harness/world.ts';
import { startVaultDeletion, vaultName, worldToDeleteIn } from './deletion.ts';
import { activatedWorld } from './looks.ts';
import { lostVault, startRecovery } from './recovery.ts';
import { mayReadLog } from './regeneration.ts';

type Beginning = { world: World; run: Run };

/** The codes of one call are answered one after the other: so many fit into the time after which the step would ask a person. */
const mostInARow = 10;

const ways: Partial<Record<CallName, (options: WorldOptions) => Promise<Beginning>>> = {
  'unlocking the vault': (options) => deleting(options),
  'deleting the vault': (options) => deleting(options),
  'recovering the vault': async (options) => {
    const { world, vault } = await lostVault(options);
    return { world, run: await startRecovery(world, { keyVaultName: vault.name }) };
  },
  'reading the log': async (options) => {
    const { world } = await activatedWorld(options);
    mayReadLog(world);
    return { world, run: await world.regenerate({ supersede: true }) };
  },
};

/** Nothing is learnt here from waiting for what Azure makes. */
const atOnce = { providerRegistration: 0, storageAccount: 0, vaultDns: 0 };

const activating = async (options: WorldOptions): Promise<Beginning> => {
  const world = await createWorld({ settings: atOnce, ...options });
  return { world, run: await world.generate() };
};

const deleting = async (options: WorldOptions): Promise<Beginning> => {
  const world = await worldToDeleteIn(options);
  return {
    world,
    run: await startVaultDeletion(world, { consent: { decision: 'delete-vault', keyVaultName: vaultName(world) } }),
  };
};

type Met = { type: string; message: string };

/** Azure answers one call so, as often as there are answers; `met` are the failures of attempts, in their order. */
const played = async (at: CallName, next: () => KnownCode | undefined) => {
  const met: Met[] = [];
  const { world, run } = await (ways[at] ?? activating)({
    meddle: (request, pass) => {
      const known = isCall(at, request) ? next() : undefined;
      return known ? Promise.resolve(refusal(known.status, known.body, known.headers)) : pass(request);
    },
    around: (activities) => noting(activities, met),
    ...(at === 'signing in' ? { signsIn: { with: [] } } : {}),
  });
  await runToRest(world, run);
  return { world, run, met };
};

const noting = (activities: Activities, met: Met[]): Activities =>
  Object.fromEntries(
    Object.entries(activities as Record<string, (...given: unknown[]) => Promise<unknown>>).map(([name, activity]) => [
      name,
      async (...given: unknown[]): Promise<unknown> => {
        try {
          return await activity(...given);
        } catch (error) {
          met.push(error as Met);
          throw error;
        }
      },
    ]),
  ) as Activities;

const grouped = (becomes: KnownCode['becomes']): [CallName, KnownCode[]][] =>
  Object.entries(
    Object.groupBy(
      knownCodes.filter((known) => known.becomes === becomes),
      ({ at }) => at,
    ),
  ).flatMap(([at, found]) =>
    Array.from({ length: Math.ceil(found.length / mostInARow) }, (_, part): [CallName, KnownCode[]] => [
      at as CallName,
      found.slice(part * mostInARow, (part + 1) * mostInARow),
    ]),
  );

const typeIn = ({ type, inStep = type }: KnownCode): FailureType => inStep;
const nameOf = ({ status, code, source }: KnownCode): string =>
  `${status} ${code} (${source.startsWith('https:') ? source.split('/').at(-1) : source})`;

suite('a procedure resumes by itself after one of each of these answers', () => {
  for (const [at, found] of grouped('passes')) {
    test(`at ${at}: ${found.map(nameOf).join(', ')}`, async () => {
      const left = [...found];
      const { run, met } = await played(at, () => left.shift());
      assert.equal(run.outcome?.status, 'completed', JSON.stringify(run.outcome ?? (await blockOf(run))));
      assert.deepEqual(left, []);
      for (const known of found) {
        const expected = typeIn(known);
        assert.ok(
          isTakenForAccepted(known) ||
            met.some(({ type, message }) => type === expected && (known.inStep || message.includes(known.code))),
          `${known.code} as ${expected}: ${met.map(({ type, message }) => `${type}: ${message}`).join('\n')}`,
        );
      }
    });
  }
});

/** The account is on its way already, so that nothing has failed. */
const isTakenForAccepted = ({ at, type }: KnownCode): boolean =>
  at === 'ordering the account' && type === 'AuditStorageCreating';

suite('a procedure resumes after any number of the answer', () => {
  for (const known of knownCodes.filter(({ becomes }) => becomes === 'passed over')) {
    test(`${nameOf(known)} at ${known.at}`, async () => {
      let answers = 0;
      const { run } = await played(known.at, () => {
        answers += 1;
        return known;
      });
      assert.equal(run.outcome?.status, 'completed', JSON.stringify(run.outcome ?? (await blockOf(run))));
      assert.ok(answers > 0, 'it was answered so');
    });
  }
});

suite('a procedure waits, and shows what to do, during the answer', () => {
  for (const known of knownCodes.filter(({ becomes }) => becomes === 'heals' || becomes === 'stays')) {
    test(`${nameOf(known)} at ${known.at}`, async () => {
      let isMended = false;
      const { world, run } = await played(known.at, () => (isMended ? undefined : known));
      const block = await blockOf(run);
      const type = typeIn(known);
      const { class: kind, who, remedy } = failureEntry(type);
      assert.deepEqual(
        [block.failure, block.class, block.heals, block.who, block.remedy],
        [type, kind, known.becomes === 'heals', who, remedy],
        block.message,
      );
      assert.match(`${block.message} ${block.remedy}`, known.says!);
      assert.ok((await run.currentDetails()).replaceAll('\\', '').includes(remedy), 'the page of the run says it, too');
      isMended = true;
      const isOver = (): boolean => run.outcome !== undefined || run.searchAttributes['AseBlockedStep'] !== block.step;
      if (known.becomes === 'stays') {
        assert.ok(!run.pendingActivities.some(({ name }) => name === block.step), 'nobody looks by themselves');
        await decide(run, { decision: 'retry', ...(block.retryWith ? { input: block.retryWith } : {}) });
      }
      await world.temporal.runUntil(isOver);
      assert.notEqual(run.outcome?.status, 'failed', JSON.stringify(run.outcome));
    });
  }
});

suite('a procedure ends with the reason after the answer', () => {
  for (const known of knownCodes.filter(({ becomes }) => becomes === 'ends')) {
    test(`${nameOf(known)} at ${known.at}`, async () => {
      const { run } = await played(known.at, () => known);
      const said = failureOf(run);
      assert.ok(said.startsWith(`${typeIn(known)}: `), said);
      assert.match(said, known.says!);
    });
  }
});
