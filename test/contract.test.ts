/**
 * Everything that lives longer than a release of the code. Histories, searches, schedules and other people's programs
 * hold the names towards Temporal; resources in Azure hold the names and marks by which a later run finds its own work
 * again. Who changes one of these leaves running workflows stuck, or vaults orphaned whose names burn for 90 days:
 * nothing here may change without a way for what exists already.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { createActivities } from '../activities/index.ts';
import { requestMemo } from '../client/requests.ts';
import { readConfig } from '../config.ts';
import { workflowIdOf } from '../domain/device.ts';
import * as names from '../domain/names.ts';
import { ownershipTags } from '../domain/ownership.ts';
import { plainProfile } from '../domain/profile.ts';
import { keyTags } from '../domain/secrets.ts';
import * as workflows from '../workflows/index.ts';
import * as messages from '../workflows/messages.ts';
import { searchAttributes, type Phase } from '../workflows/search-attributes.ts';
import { steps } from '../workflows/steps.ts';
import { writeShapes } from './contract/shapes.ts';
import { device } from './domain/samples.ts';

type Definition = { type: 'update' | 'signal' | 'query'; name: string };
const named = (type: Definition['type']): string[] =>
  (Object.values(messages) as Partial<Definition>[])
    .filter((definition) => definition.type === type)
    .map(({ name }) => name ?? '')
    .sort();

suite('the names in Temporal', () => {
  test('are the recorded ones', () => {
    assert.deepEqual(
      {
        taskQueue: readConfig({ TEMPORAL_CONFIG_FILE: 'none' }).taskQueue,
        workflowId: workflowIdOf(device),
        workflowTypes: Object.keys(workflows).sort(),
        activityTypes: Object.keys(
          createActivities({ azure: undefined as never, keyReaders: [], profile: plainProfile }),
        ).sort(),
        updates: named('update'),
        signals: named('signal'),
        queries: named('query'),
        memo: [requestMemo],
        searchAttributes: Object.fromEntries(Object.values(searchAttributes).map(({ name, type }) => [name, type])),
      },
      {
        taskQueue: 'ase',
        workflowId: 'ase:11111111-2222-3333-4444-555555555555/edge-rg/edge-1',
        workflowTypes: [
          'deleteDevice',
          'deleteKeyVault',
          'generateActivationKey',
          'inspectDevice',
          'previewActivation',
          'recoverKeyVault',
          'regenerateActivationKey',
          'repairDevice',
        ],
        activityTypes: [
          'assertChannelIntegrityKey',
          'awaitAuditStorage',
          'beginAuditStorage',
          'checkChannelIntegrityKey',
          'checkKeyVaultDeletable',
          'deleteDeviceResource',
          'ensureChannelIntegrityKey',
          'ensureDiagnosticSetting',
          'ensureKeyVault',
          'ensureKeyVaultInService',
          'grantAccess',
          'issueActivationKey',
          'linkDevice',
          'lockKeyVault',
          'markKeyVault',
          'moveDeviceLink',
          'observeAuditRecord',
          'planActivation',
          'planDeviceDeletion',
          'planKeyVaultDeletion',
          'planRecovery',
          'planRegeneration',
          'readActivationPreview',
          'readKeyVaultLock',
          'readPosture',
          'recoverDeletedKeyVault',
          'registerProviders',
          'relinkDevice',
          'relockKeyVault',
          'removeDiagnosticSetting',
          'requestSync',
          'retainKeyVault',
          'softDeleteKeyVault',
          'takeInventory',
          'unlockKeyVault',
        ],
        updates: ['awaitActivationKey', 'consent', 'decide'],
        signals: ['consent', 'decide'],
        queries: ['status'],
        memo: ['requestId'],
        searchAttributes: {
          AseDevice: 'KEYWORD',
          AsePhase: 'KEYWORD',
          AseBlockedStep: 'KEYWORD',
          AseFailure: 'KEYWORD',
          AseKeyExpiry: 'DATETIME',
        },
      },
    );
  });

  test('are the same for a step and for its activity', () => {
    const activities = createActivities({ azure: undefined as never, keyReaders: [], profile: plainProfile });
    assert.deepEqual(Object.keys(steps).sort(), Object.keys(activities).sort());
  });

  test('are the recorded ones in the values of AsePhase', () => {
    const phases = {
      working: true,
      waiting: true,
      consent: true,
      blocked: true,
      'key-issued': true,
    } satisfies Record<Phase, true>;
    assert.deepEqual(Object.keys(phases), ['working', 'waiting', 'consent', 'blocked', 'key-issued']);
  });
});

suite('the shapes of payloads', () => {
  test('are the recorded ones: a change needs readers for both', async () => {
    assert.equal(await writeShapes(), await readFile(new URL('contract/shapes.txt', import.meta.url), 'utf8'));
  });

  test('are written out without type names, for every workflow, message and activity', async () => {
    const text = await readFile(new URL('contract/shapes.txt', import.meta.url), 'utf8');
    assert.doesNotMatch(text, /import\(|=\$|Written</);
    for (const name of [...Object.keys(workflows), ...Object.keys(steps)])
      assert.match(text, new RegExp(`^    ${name}: \\{$`, 'm'));
    for (const type of ['update', 'signal', 'query'] as const) {
      assert.equal(text.match(new RegExp(`^        ${type}: `, 'gm'))?.length, named(type).length, type);
    }
  });

  test('are the recorded ones also for the details that an attempt passes to the next: new details are added here', async () => {
    const folder = new URL('../activities/', import.meta.url);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && file !== 'call.ts');
    const texts = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
    const remembering = files.filter((_, index) => /\bremember\(/.test(texts[index] ?? ''));
    const payloads = await readFile(new URL('contract/payloads.ts', import.meta.url), 'utf8');
    const untold = remembering.filter((file) => !payloads.includes(`from '../../activities/${file}'`));
    assert.deepEqual(untold, []);
  });
});

test('the names and marks in Azure are the recorded ones for a known device', () => {
  assert.deepEqual(
    {
      keyVaults: [0, 1, 2].map((generation) => names.defaultKeyVaultName(device, generation)),
      auditStorageAccounts: names.auditAccountNames(device),
      keyVaultLock: names.keyVaultLockName,
      auditLock: names.auditLockName,
      diagnosticSetting: names.diagnosticSettingName,
      secrets: [names.channelIntegrityKeyName(device, device.principalId), names.activationKeySecretName],
      tags: ownershipTags(device),
      tagsOfActivationKeys: Object.values(keyTags).sort(),
    },
    {
      keyVaults: ['ase-edge1-84ead8355', 'ase-edge1-66edeed8f', 'ase-edge1-7f8cc4bb3'],
      auditStorageAccounts: ['aseedge13cf2028ebfd', 'aseedge1820842a37d4', 'aseedge1aee88607619'],
      keyVaultLock: 'ase-key-vault-lock',
      auditLock: 'ase-audit-lock',
      diagnosticSetting: 'ase-audit',
      secrets: ['ase-cik-aa012e30-f22c-9433-3a58-744fe61413b7', 'ase-activation-key'],
      tags: {
        'ase-device': 'edge-1',
        'ase-device-hash': '84ead8355f8623fd',
        'ase-device-principal': 'aaaaaaaa-0000-0000-0000-000000000001',
      },
      tagsOfActivationKeys: [
        'ase-attempt',
        'ase-cik-version',
        'ase-key-fingerprint',
        'ase-request',
        'ase-superseded-by',
      ],
    },
  );
});
