/** What the recorded histories tell: every procedure, and every way in which one goes on after it had to stop. */
import assert from 'node:assert/strict';
import type { Consent } from '../../domain/consent.ts';
import { inspectionIdOf, previewIdOf, workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { failures, type FailureType } from '../../domain/failures.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { activationKeySecretName, auditAccountNames, defaultKeyVaultName, keyVaultLockName } from '../../domain/names.ts';
import { activate } from '../../local-azure/device/activate.ts';
import { taskQueue } from '../../scripts/stack/environment.ts';
import {
  consentSignal,
  decideSignal,
  statusQuery,
  type ConsentQuestion,
  type Decision,
  type Status,
} from '../../workflows/messages.ts';
import { searchAttributes, type Phase } from '../../workflows/search-attributes.ts';
import { takeName } from '../server/scenarios.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';
import type { FailingWorker } from './failing-worker.ts';

/** A device of the scene's own. */
export type Ground = { stack: Stack; failing: FailingWorker; device: DeviceId };

export type Scene = {
  /** The recording's file name. */
  name: string;
  play: (ground: Ground) => Promise<void>;
  /** Whose history is kept: the last procedure of the device unless said. */
  workflowId?: (device: DeviceId) => string;
};

const vaultOf = (device: DeviceId) => {
  const name = defaultKeyVaultName(device);
  return { name, id: keyVaultIdOf(device, name) };
};

const activation = async ({ stack, device }: Ground): Promise<void> => {
  await stack.ase.start({ deviceId: device.id });
  await stack.ase.result({ deviceId: device.id });
};

const pasteKey = async ({ stack: { azure }, device }: Ground): Promise<void> => {
  const versions = azure.state.vaults[vaultOf(device).name]?.secrets[activationKeySecretName]?.versions;
  const { activated } = await activate(azure, device.name, versions?.at(-1)?.value ?? '');
  assert.ok(activated);
};

const seen = <T>({ stack, device }: Ground, what: string, look: (status: Status) => T | undefined) =>
  until(`${device.name}: ${what}`, async () =>
    look(await stack.client.workflow.getHandle(workflowIdOf(device)).query(statusQuery)),
  );

/**
 * Until the history says it as well: a worker answers a query before the task is done that it tells of, and a message that comes
 * in between is heard in another order on replay.
 */
const recorded = ({ stack, device }: Ground, phase: Phase): Promise<unknown> =>
  until(`${device.name}: recorded as ${phase}`, async () => {
    const handle = stack.client.workflow.getHandle(workflowIdOf(device));
    const { typedSearchAttributes } = await handle.describe();
    return typedSearchAttributes.get(searchAttributes.phase) === phase || undefined;
  });

const blocked = async (ground: Ground) => {
  await recorded(ground, 'blocked');
  return seen(ground, 'blocked', (status) => status.blocked);
};

/** Decides about the block that the device waits in. */
const decide = async (ground: Ground, decision: Partial<Decision> & Pick<Decision, 'decision'>): Promise<void> => {
  const { block } = await blocked(ground);
  await ground.stack.ase.decide({ deviceId: ground.device.id, block, by: 'ada', ...decision });
};

const fails = async ({ stack, device }: Ground): Promise<void> =>
  assert.rejects(stack.ase.result({ deviceId: device.id }), ({ type }: { type?: string }) => type === 'OperationFailed');

const ends = ({ stack, device }: Ground): Promise<unknown> => stack.ase.result({ deviceId: device.id });

const cancel = async ({ stack, device }: Ground): Promise<void> => {
  const handle = stack.client.workflow.getHandle(workflowIdOf(device));
  await handle.cancel();
  await assert.rejects(handle.result());
};

const startWithNameTaken = async (ground: Ground): Promise<void> => {
  takeName({ azure: ground.stack.azure, device: ground.device });
  await ground.stack.ase.start({ deviceId: ground.device.id });
};

/** A policy forbids the storage account of this device. */
const forbidAccount = ({ stack: { azure }, device }: Ground): { id: string } =>
  azure.control.addFault({
    method: 'PUT',
    path: new RegExp(`/storageAccounts/(${auditAccountNames(device).join('|')})$`, 'i'),
    action: { denyByPolicy: { assignment: 'no-accounts', definition: 'deny', field: 'Microsoft.Storage/storageAccounts' } },
  });

/** Azure refuses to delete the vault of this device; its locks and settings can go. */
const forbidVaultDeletion = ({ stack: { azure }, device }: Ground, status: number, code: string): { id: string } =>
  azure.control.addFault({
    method: 'DELETE',
    path: new RegExp(`/vaults/${vaultOf(device).name}$`, 'i'),
    action: { status, code, message: 'no' },
  });

const activations: Scene[] = [
  { name: 'activation', play: activation },
  {
    name: 'activation-awaited-by-its-caller',
    play: async (ground) => {
      await ground.stack.ase.generateActivationKey({ deviceId: ground.device.id });
      await ends(ground);
    },
  },
  {
    name: 'activation-with-audit-after-the-key',
    play: async ({ stack, device }) => {
      await stack.ase.start({ deviceId: device.id, audit: 'after' });
      await stack.ase.result({ deviceId: device.id });
    },
  },
  {
    name: 'activation-again',
    play: async (ground) => {
      await activation(ground);
      await activation(ground);
    },
  },
  {
    name: 'activation-blocked-and-retried',
    play: async (ground) => {
      await startWithNameTaken(ground);
      await decide(ground, { decision: 'retry', input: { keyVaultName: `${ground.device.name}-other-vault` } });
      await ends(ground);
    },
  },
  {
    name: 'activation-blocked-and-decided-by-signals',
    play: async (ground) => {
      await startWithNameTaken(ground);
      const { block } = await blocked(ground);
      const handle = ground.stack.client.workflow.getHandle(workflowIdOf(ground.device));
      const input = { keyVaultName: `${ground.device.name}-other-vault` };
      const retry: Decision = { step: 'ensureKeyVault', block, decision: 'retry', by: 'ada', input };
      await handle.signal(decideSignal, { ...retry, block: 7 });
      await handle.signal(decideSignal, retry);
      await ends(ground);
    },
  },
  {
    name: 'activation-blocked-and-healed',
    play: async (ground) => {
      const { control } = ground.stack.azure;
      const vaultName = vaultOf(ground.device).name;
      await activation(ground);
      control.closeFirewall({ vaultName });
      await ground.stack.ase.start({ deviceId: ground.device.id });
      await blocked(ground);
      control.openFirewall({ vaultName });
      await ends(ground);
    },
  },
  {
    name: 'activation-blocked-still',
    play: async (ground) => {
      await startWithNameTaken(ground);
      await blocked(ground);
    },
  },
  {
    name: 'activation-aborted',
    play: async (ground) => {
      await startWithNameTaken(ground);
      await decide(ground, { decision: 'abort', reason: 'not today' });
      await fails(ground);
    },
  },
  {
    name: 'activation-cancelled',
    play: async (ground) => {
      await startWithNameTaken(ground);
      await blocked(ground);
      await cancel(ground);
    },
  },
  {
    name: 'activation-without-its-audit-log',
    play: async (ground) => {
      const { id } = forbidAccount(ground);
      await ground.stack.ase.start({ deviceId: ground.device.id });
      await decide(ground, { decision: 'skip', reason: 'the policy stays' });
      await ends(ground);
      ground.stack.azure.control.removeFault({ id });
    },
  },
  {
    name: 'activation-of-an-activated-device',
    play: async (ground) => {
      await activation(ground);
      await pasteKey(ground);
      await ground.stack.ase.start({ deviceId: ground.device.id });
      await fails(ground);
    },
  },
  {
    name: 'activation-with-a-wrong-input',
    play: async ({ stack, device }) => {
      const workflowId = workflowIdOf(device);
      const args = [{ deviceId: device.id, keyVault: 'no such field' }];
      const handle = await stack.client.workflow.start('generateActivationKey', { workflowId, taskQueue, args });
      await assert.rejects(handle.result());
    },
  },
];

const regenerations: Scene[] = [
  {
    name: 'regeneration',
    play: async (ground) => {
      await activation(ground);
      await ground.stack.ase.regenerateActivationKey({ deviceId: ground.device.id, supersede: true });
      await ends(ground);
    },
  },
  {
    name: 'regeneration-refused',
    play: async (ground) => {
      await activation(ground);
      await ground.stack.ase.startProcedure({ procedure: 'regenerateActivationKey', input: { deviceId: ground.device.id } });
      await fails(ground);
    },
  },
];

const asked = async (ground: Ground): Promise<ConsentQuestion> => {
  await recorded(ground, 'consent');
  return seen(ground, 'asked', (status) => status.consent);
};

const answer = async (
  ground: Ground,
  consent: Pick<Consent, 'decision' | 'releaseLocks'> & Partial<Consent>,
): Promise<void> => {
  const { keyVaultName, inventory } = await asked(ground);
  await ground.stack.ase.consent({ deviceId: ground.device.id, keyVaultName, inventory, by: 'ada', ...consent });
};

const startDeviceDeletion = async (ground: Ground, consent?: 'delete-vault' | 'keep-vault'): Promise<void> => {
  const { stack, device } = ground;
  await activation(ground);
  const inAdvance = consent ? { consent: { decision: consent, keyVaultName: vaultOf(device).name } } : {};
  await stack.ase.deleteDevice({ deviceId: device.id, confirmDevice: device.name, ...inAdvance });
};

const startVaultDeletion = async (ground: Ground): Promise<void> => {
  await activation(ground);
  await ground.stack.ase.deleteKeyVault({ deviceId: ground.device.id });
};

const deletions: Scene[] = [
  {
    name: 'device-deletion-with-its-vault',
    play: async (ground) => {
      await startDeviceDeletion(ground);
      await answer(ground, { decision: 'delete-vault' });
      await ends(ground);
    },
  },
  {
    name: 'device-deletion-without-its-vault',
    play: async (ground) => {
      await startDeviceDeletion(ground);
      await answer(ground, { decision: 'keep-vault' });
      await ends(ground);
    },
  },
  {
    name: 'device-deletion-with-consent-in-advance',
    play: async (ground) => {
      await startDeviceDeletion(ground, 'delete-vault');
      await ends(ground);
    },
  },
  {
    name: 'device-deletion-to-keep-the-vault-in-advance',
    play: async (ground) => {
      await startDeviceDeletion(ground, 'keep-vault');
      await ends(ground);
    },
  },
  {
    name: 'device-deletion-taken-back',
    play: async (ground) => {
      await startDeviceDeletion(ground);
      await answer(ground, { decision: 'cancel' });
      await ends(ground);
    },
  },
  {
    name: 'device-deletion-unanswered-still',
    play: async (ground) => {
      await startDeviceDeletion(ground);
      await asked(ground);
    },
  },
  {
    name: 'device-deletion-cancelled',
    play: async (ground) => {
      await startDeviceDeletion(ground);
      await asked(ground);
      await cancel(ground);
    },
  },
  {
    name: 'device-deletion-of-a-device-without-a-vault',
    play: async ({ stack, device }) => {
      await stack.ase.deleteDevice({ deviceId: device.id, confirmDevice: device.name });
      await stack.ase.result({ deviceId: device.id });
    },
  },
  {
    name: 'vault-deletion',
    play: async (ground) => {
      await startVaultDeletion(ground);
      const { keyVaultName, inventory } = await asked(ground);
      const handle = ground.stack.client.workflow.getHandle(workflowIdOf(ground.device));
      await handle.signal(consentSignal, { decision: 'delete-vault', keyVaultName, inventory: inventory + 1, by: 'ada' });
      await handle.signal(consentSignal, { decision: 'delete-vault', keyVaultName, inventory, by: 'ada' });
      await ends(ground);
    },
  },
  {
    name: 'vault-deletion-kept',
    play: async (ground) => {
      await startVaultDeletion(ground);
      await answer(ground, { decision: 'keep-vault' });
      await ends(ground);
    },
  },
  {
    name: 'vault-deletion-with-a-released-lock',
    play: async (ground) => {
      const { control } = ground.stack.azure;
      await activation(ground);
      const { id } = vaultOf(ground.device);
      control.putLock({ scope: id, name: 'portal-made', level: 'CanNotDelete' });
      await ground.stack.ase.deleteKeyVault({ deviceId: ground.device.id });
      const releaseLocks = [`${id}/providers/Microsoft.Authorization/locks/portal-made`];
      await answer(ground, { decision: 'delete-vault', releaseLocks });
      await ends(ground);
    },
  },
  {
    name: 'vault-deletion-refused-locked-again-and-retried',
    play: async (ground) => {
      const { id } = forbidVaultDeletion(ground, 403, 'AuthorizationFailed');
      await startVaultDeletion(ground);
      await answer(ground, { decision: 'delete-vault' });
      await blocked(ground);
      ground.stack.azure.control.removeFault({ id });
      await decide(ground, { decision: 'retry' });
      await ends(ground);
    },
  },
  {
    name: 'vault-deletion-refused-locked-again-and-aborted',
    play: async (ground) => {
      const { id } = forbidVaultDeletion(ground, 403, 'AuthorizationFailed');
      await startVaultDeletion(ground);
      await answer(ground, { decision: 'delete-vault' });
      await decide(ground, { decision: 'abort' });
      await fails(ground);
      ground.stack.azure.control.removeFault({ id });
    },
  },
  {
    name: 'vault-deletion-cancelled-and-locked-again',
    play: async (ground) => {
      const { id } = forbidVaultDeletion(ground, 503, 'ServiceUnavailable');
      await startVaultDeletion(ground);
      await answer(ground, { decision: 'delete-vault' });
      await seen(ground, 'deleting its vault', ({ steps }) => steps.find(({ step }) => step === 'softDeleteKeyVault'));
      await cancel(ground);
      ground.stack.azure.control.removeFault({ id });
    },
  },
];

const loseVault = ({ stack: { azure }, device }: Ground): void => {
  const { name, id } = vaultOf(device);
  azure.control.removeLock({ scope: id, name: keyVaultLockName });
  azure.control.softDeleteVault({ vaultName: name });
};

/** The vault is gone for good, and a person agrees to another one. */
const recoverPast = async (ground: Ground): Promise<void> => {
  const { stack, device } = ground;
  loseVault(ground);
  delete stack.azure.state.deletedVaults[vaultOf(device).name];
  await stack.ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId: device.id } });
  const { retryWith } = await blocked(ground);
  await decide(ground, { decision: 'retry', ...(retryWith ? { input: retryWith } : {}) });
  await ends(ground);
};

const recovery = async ({ stack, device }: Ground): Promise<void> => {
  await stack.ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId: device.id } });
  await stack.ase.result({ deviceId: device.id });
};

const careTaking: Scene[] = [
  {
    name: 'recovery',
    play: async (ground) => {
      await activation(ground);
      loseVault(ground);
      await recovery(ground);
    },
  },
  {
    name: 'recovery-of-an-activated-device',
    play: async (ground) => {
      await activation(ground);
      await pasteKey(ground);
      loseVault(ground);
      await recovery(ground);
    },
  },
  {
    name: 'recovery-of-a-vault-past-recovery',
    play: async (ground) => {
      await activation(ground);
      await recoverPast(ground);
    },
  },
  {
    name: 'recovery-past-recovery-with-the-key-restored',
    play: async (ground) => {
      const { azure } = ground.stack;
      await activation(ground);
      await pasteKey(ground);
      const { secrets } = azure.state.vaults[vaultOf(ground.device).name]!;
      await recoverPast(ground);
      const { keyVault } = await ground.stack.ase.result({ deviceId: ground.device.id, procedure: 'recoverKeyVault' });
      azure.state.vaults[keyVault.name]!.secrets = secrets;
      await recovery(ground);
    },
  },
  {
    name: 'recovery-after-the-device-is-gone',
    play: async (ground) => {
      await startDeviceDeletion(ground, 'delete-vault');
      await ends(ground);
      await recovery(ground);
    },
  },
  {
    name: 'repair',
    play: async (ground) => {
      const { control, state } = ground.stack.azure;
      await activation(ground);
      await pasteKey(ground);
      const { id, name } = vaultOf(ground.device);
      control.removeLock({ scope: id, name: keyVaultLockName });
      state.vaults[name]!.tags = {};
      await ground.stack.ase.repair({ deviceId: ground.device.id });
    },
  },
  {
    name: 'repair-of-a-lost-link',
    play: async (ground) => {
      await activation(ground);
      await pasteKey(ground);
      ground.stack.azure.state.dataBoxEdge.devices[ground.device.id.toLowerCase()]!.link = {};
      await ground.stack.ase.repair({ deviceId: ground.device.id });
    },
  },
  {
    name: 'repair-of-nothing',
    play: async (ground) => {
      await activation(ground);
      await ground.stack.ase.repair({ deviceId: ground.device.id });
    },
  },
  {
    name: 'inspection',
    workflowId: inspectionIdOf,
    play: async (ground) => {
      await activation(ground);
      await ground.stack.ase.inspect({ deviceId: ground.device.id });
    },
  },
  {
    name: 'preview',
    workflowId: previewIdOf,
    play: async ({ stack, device }) => void (await stack.ase.preview({ deviceId: device.id })),
  },
];

/** One for each type. Another cause follows where a probe looks for it; a person ends it in as many words as are taken. */
const everyFailure: Scene[] = (Object.keys(failures) as FailureType[]).map((type) => ({
  name: `failure-${type}`,
  play: async (ground) => {
    const { failing, stack, device } = ground;
    const second = type === 'ForeignLock' ? 'MissingPermission' : 'ForeignLock';
    failing.tell(device, [type, second]);
    await stack.client.workflow.start('generateActivationKey', {
      workflowId: workflowIdOf(device),
      taskQueue: failing.taskQueue,
      args: [{ deviceId: device.id, requestedBy: longest }],
    });
    if (failures[type].class !== 'fatal') {
      if (failures[type].heals) await seen(ground, second, ({ blocked }) => blocked?.failure === second || undefined);
      await decide(ground, { decision: 'abort', by: longest, reason: longest });
    }
    await fails(ground);
  },
}));

/** As long as a text may be. */
const longest = 'in so many words '.repeat(12).slice(0, 200);
/** Longer than that: a signal is heard all the same. */
const tooLong = longest.repeat(20);

const manyWords: Scene[] = [
  {
    name: 'decision-in-many-words',
    play: async (ground) => {
      await startWithNameTaken(ground);
      const { block, step } = await blocked(ground);
      const handle = ground.stack.client.workflow.getHandle(workflowIdOf(ground.device));
      const input = { keyVaultName: 'x'.repeat(100) };
      await handle.signal(decideSignal, { step, block, decision: 'retry', by: tooLong, reason: tooLong, input });
      await seen(ground, 'refused', ({ blocked }) => blocked?.failure === 'InvalidInput' || undefined);
      const another = { keyVaultName: `${ground.device.name}-`.padEnd(24, 'x') };
      await decide(ground, { decision: 'retry', by: longest, reason: longest, input: another });
      await ends(ground);
    },
  },
  {
    name: 'consent-in-many-words',
    play: async (ground) => {
      const { stack, device } = ground;
      const { id } = vaultOf(device);
      await activation(ground);
      const name = 'a-lock-'.padEnd(90, 'x');
      stack.azure.control.putLock({ scope: id, name, level: 'CanNotDelete' });
      await stack.ase.deleteKeyVault({ deviceId: device.id, consentWithin: 720, requestedBy: longest });
      const releaseLocks = [`${id}/providers/Microsoft.Authorization/locks/${name}`];
      await answer(ground, { decision: 'delete-vault', releaseLocks, by: longest, reason: longest });
      await ends(ground);
    },
  },
  {
    name: 'consent-by-a-signal-in-too-many-words',
    play: async (ground) => {
      await startVaultDeletion(ground);
      const { keyVaultName, inventory } = await asked(ground);
      const handle = ground.stack.client.workflow.getHandle(workflowIdOf(ground.device));
      const said = { keyVaultName, inventory, by: tooLong, reason: tooLong };
      await handle.signal(consentSignal, { decision: 'delete-vault', ...said });
      await ends(ground);
    },
  },
];

export const scenes: Scene[] = [
  ...activations,
  ...regenerations,
  ...deletions,
  ...careTaking,
  ...manyWords,
  ...everyFailure,
];
