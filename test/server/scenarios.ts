/** Blocked and back: what stands in the way, what people do about it, and how it ends, on whichever ground. */
import assert from 'node:assert/strict';
import { defaultKeyVaultName } from '../../domain/names.ts';
import type { Decision } from '../../workflows/messages.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Stage } from './stages.ts';

export type Scenario = {
  name: string;
  device: string;
  /** Puts something in the way and starts an activation. */
  arrange: (stage: Stage) => Promise<void>;
  /** Step and failure of the block. */
  blocks: string;
  act: (stage: Stage) => Promise<void>;
  /** What is true of the end, beside a device that can be activated. */
  assertEnd?: (stage: Stage) => Promise<void>;
};

export const play = async (stage: Stage, { arrange, blocks, act, assertEnd }: Scenario): Promise<void> => {
  await arrange(stage);
  const { step, failure, block } = await stage.block();
  assert.equal(`${step} ${failure}`, blocks);
  assert.equal(block, 1);
  await act(stage);
  assertActivatable(stage.azure, stage.device, await stage.result());
  await assertEnd?.(stage);
};

const decision = (given: Partial<Decision>): Decision => ({
  step: 'ensureKeyVault',
  block: 1,
  decision: 'retry',
  by: 'ada',
  ...given,
});

export const takeName = ({ azure, device }: Pick<Stage, 'azure' | 'device'>): void =>
  azure.control.putStrangersVault({ name: defaultKeyVaultName(device) });

const startWithNameTaken = async (stage: Stage): Promise<void> => {
  takeName(stage);
  await stage.start();
};

const appliedBy = async (stage: Stage): Promise<string[]> =>
  (await stage.status()).decisions.filter(({ applied }) => applied).map(({ by }) => by);

export const scenarios: Scenario[] = [
  {
    name: 'a taken vault name is replaced by the one that the decision carries',
    device: 'edge-1',
    arrange: startWithNameTaken,
    blocks: 'ensureKeyVault VaultNameTaken',
    act: async (stage) => {
      assert.deepEqual(await stage.update(decision({ input: { keyVaultName: 'vault-of-ada' } })), { block: 1 });
    },
    assertEnd: async (stage) => {
      const { keyVault, audit } = await stage.result();
      assert.equal(keyVault.name, 'vault-of-ada');
      assert.equal(audit, 'complete');
    },
  },
  {
    name: 'a step waits for a closed firewall without an event, and resumes by itself when it opens',
    device: 'edge-2',
    arrange: async (stage) => {
      await stage.start();
      const { keyVault } = await stage.result();
      stage.azure.control.closeFirewall({ vaultName: keyVault.name });
      await stage.start();
    },
    blocks: 'ensureKeyVault VaultNetworkClosed',
    act: async (stage) => {
      const before = await stage.historyEvents();
      await stage.probe();
      assert.equal(await stage.historyEvents(), before);
      stage.azure.control.openFirewall({ vaultName: defaultKeyVaultName(stage.device) });
    },
    assertEnd: async (stage) => assert.deepEqual((await stage.status()).decisions, []),
  },
  {
    name: 'one of several decisions that contradict each other is applied, and the others are refused or recorded as ignored',
    device: 'edge-3',
    arrange: startWithNameTaken,
    blocks: 'ensureKeyVault VaultNameTaken',
    act: async (stage) => {
      const names = ['ada', 'bob', 'cyd', 'dan'];
      const decisions = names.map((by) => decision({ by, input: { keyVaultName: `vault-of-${by}-3` } }));
      const sent = decisions.map((each, at) => (at % 2 === 0 ? stage.update(each) : stage.signal(each)));
      const told = (await Promise.allSettled(sent)).filter(({ status }) => status === 'rejected');
      const recorded = (await stage.status()).decisions;
      assert.equal(recorded.filter(({ applied }) => applied).length, 1);
      assert.equal(recorded.filter(({ ignoredBecause }) => ignoredBecause).length + told.length, 3);
    },
    assertEnd: async (stage) => {
      const { keyVault } = await stage.result();
      assert.deepEqual(await appliedBy(stage), [/^vault-of-(.+)-3$/.exec(keyVault.name)?.[1]]);
    },
  },
];

/** Nothing else can end while this lasts. */
export const stuckProvider: Scenario = {
  name: 'an audit trail whose provider never registers is skipped, and the result shows by whom and why',
  device: 'edge-1',
  arrange: async (stage) => {
    stage.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    await stage.start();
  },
  blocks: 'awaitAuditStorage ProviderNotReady',
  act: async (stage) => {
    await stage.update(decision({ step: 'awaitAuditStorage', decision: 'skip', reason: 'no rights there' }));
  },
  assertEnd: async (stage) => {
    const { audit, skipped } = await stage.result();
    assert.equal(audit, 'skipped');
    assert.deepEqual(skipped, [
      { step: 'awaitAuditStorage', by: 'ada', failure: 'ProviderNotReady', reason: 'no rights there' },
    ]);
  },
};
