/** A new key for a device that has its vault: what becomes of the old one, of access, and what the audit log says. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activate } from '../../local-azure/device/activate.ts';
import { awaitActivationKeyUpdate } from '../../workflows/messages.ts';
import { blockOf, runToEnd, runToRest, status, type World } from '../harness/world.ts';
import { assertInForce, endOf, mayReadLog, superseding, vaultOf, worldWithKey } from './regeneration.ts';

const minute = 60_000;

const keyVersions = (world: World) => vaultOf(world).secrets['ase-activation-key']?.versions ?? [];

suite('regenerateActivationKey', () => {
  test('replaces a key that is still valid, and names both', async () => {
    const { world, first } = await worldWithKey();
    const result = await superseding(world);
    assert.deepEqual(result.superseded, first.activationKey);
    assert.notEqual(result.activationKey.fingerprint, first.activationKey.fingerprint);
    assert.deepEqual(result.channelIntegrityKey, first.channelIntegrityKey);
    assert.deepEqual(result.keyVault, first.keyVault);
    assertInForce(world, result);
  });

  test('leaves a key that the device accepts, and one that it refuses', async () => {
    const { world, first } = await worldWithKey();
    const { keyVault } = await superseding(world);
    const [old] = keyVersions(world);
    assert.equal(old?.version, first.activationKey.version);
    assert.equal(old.attributes.enabled, false);
    const refused = await activate(world.azure, 'edge-1', old.value);
    assert.equal(refused.activated ? 'taken' : refused.code, 'CertificateSuperseded');
    const taken = await world.pasteKey(keyVault.name);
    assert.equal(taken.activated, true, JSON.stringify(taken));
  });

  test('disables the old key before it writes the certificate and the key, if there is no drift', async () => {
    const { world } = await worldWithKey();
    await superseding(world);
    assert.deepEqual(world.writes(), [
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
      'secrets/set',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
      'secrets/set',
    ]);
  });

  test('needs no permission to replace a key that has expired', async () => {
    const { world, first } = await worldWithKey();
    world.clock.advanceTo(world.clock.now() + 3 * 24 * 60 * minute);
    const result = await endOf(world, await world.regenerate());
    assert.notEqual(result.activationKey.version, first.activationKey.version);
    assert.equal('superseded' in result, false);
    assertInForce(world, result);
  });

  test('creates one more key for each request, and generate then returns the last', async () => {
    const { world } = await worldWithKey();
    const second = await superseding(world);
    const third = await superseding(world);
    assert.deepEqual(third.superseded, second.activationKey);
    assert.equal(keyVersions(world).length, 3);
    const { activationKey } = await runToEnd(world, await world.generate());
    assert.deepEqual(activationKey, third.activationKey);
  });

  test('returns the key before the audit log shows it', async () => {
    const { world } = await worldWithKey({ settings: { auditRecord: 5 * minute } });
    mayReadLog(world);
    const startedAt = world.clock.now();
    const run = await world.regenerate({ supersede: true });
    const { result } = await run.update(awaitActivationKeyUpdate);
    let handedOverAt: number | undefined;
    void result.then(() => (handedOverAt = world.clock.now()));
    const end = await endOf(world, run);
    assert.deepEqual(await result, end.activationKey);
    assert.ok(handedOverAt !== undefined && handedOverAt - startedAt < minute, `after ${handedOverAt} ms`);
    assert.equal(end.auditRecord, 'seen');
  });

  test('shows in its status the completed steps, and the key while it reads the log', async () => {
    const { world } = await worldWithKey({ settings: { auditRecord: 5 * minute } });
    mayReadLog(world);
    const run = await world.regenerate({ supersede: true });
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'observeAuditRecord'));
    const { steps, phase, activationKey } = await status(run);
    assert.equal(phase, 'key-issued');
    assert.ok(activationKey);
    assert.deepEqual(
      steps.map(({ step, state }) => `${step} ${state}`),
      [
        'planRegeneration done',
        'grantAccess done',
        'assertChannelIntegrityKey done',
        'issueActivationKey done',
        'observeAuditRecord running',
      ],
    );
  });

  test('writes no more events for a late log', async () => {
    const events: number[] = [];
    for (const auditRecord of [2_000, 9 * minute]) {
      const { world } = await worldWithKey({ settings: { auditRecord } });
      mayReadLog(world);
      const run = await world.regenerate({ supersede: true });
      assert.equal((await endOf(world, run)).auditRecord, 'seen');
      events.push(run.historyEvents);
    }
    assert.equal(events[0], events[1]);
  });
});

suite('the access policies are exact again if', () => {
  const stranger = {
    tenantId: '99999999-0000-0000-0000-000000000001',
    objectId: '99999999-0000-0000-0000-000000000002',
    permissions: { secrets: ['GET', 'Purge'], keys: ['wrapKey'] },
  };
  type Policies = ReturnType<typeof vaultOf>['accessPolicies'];
  const drifts: [what: string, change: (policies: Policies, device: string, worker: string) => Policies][] = [
    ["the device's entry is missing", (policies, device) => policies.filter(({ objectId }) => objectId !== device)],
    [
      "the device's entry is too wide",
      (policies, device) =>
        policies.map((entry) =>
          entry.objectId === device
            ? { ...entry, permissions: { secrets: ['all'], certificates: ['get'], storage: [] } }
            : entry,
        ),
    ],
    [
      "the device's entry is too narrow",
      (policies, device) =>
        policies.map((entry) => (entry.objectId === device ? { ...entry, permissions: { secrets: ['get'] } } : entry)),
    ],
    ["the worker's own entry is missing", (policies, _, worker) => policies.filter((e) => e.objectId !== worker)],
  ];
  for (const [what, change] of drifts) {
    test(`${what}, and foreign entries are unchanged, byte for byte`, async () => {
      const { world } = await worldWithKey();
      const { principals, state } = world.azure;
      const device = state.dataBoxEdge.devices[world.device().id.toLowerCase()]?.principalId ?? '';
      setPolicies(world, [...change(vaultOf(world).accessPolicies, device, principals.worker.objectId), stranger]);
      const result = await superseding(world);
      assertInForce(world, result);
      const { accessPolicies } = vaultOf(world);
      const entry = (id: string) => JSON.stringify(accessPolicies.find(({ objectId }) => objectId === id));
      assert.equal(entry(stranger.objectId), JSON.stringify(stranger));
      assert.match(entry(principals.worker.objectId), /"get","set","list"/);
      assert.deepEqual(
        world.writes().filter((action) => action.includes('vaults')),
        ['Microsoft.KeyVault/vaults/accessPolicies/write'],
      );
    });
  }
});

/** Somebody sets the access policies of the device's vault, and the vault honours them at once. */
const setPolicies = (world: World, policies: ReturnType<typeof vaultOf>['accessPolicies']): void => {
  const vault = vaultOf(world);
  vault.accessPolicies = policies;
  vault.policyVersions = [{ from: 0, policies }];
};

suite('the audit record of the access', () => {
  test('is found by a worker that may read blobs', async () => {
    const { world } = await worldWithKey();
    mayReadLog(world);
    assert.equal((await superseding(world)).auditRecord, 'seen');
  });

  test('is not mistaken for that of an earlier read of the same key', async () => {
    const { world } = await worldWithKey({ settings: { auditRecord: 9 * minute } });
    mayReadLog(world);
    world.clock.advanceTo(world.clock.now() + 10 * minute);
    const startedAt = world.clock.now();
    assert.equal((await superseding(world)).auditRecord, 'seen');
    assert.ok(world.clock.now() - startedAt >= 9 * minute);
  });

  test('is found across the change of the hour', async () => {
    const { world } = await worldWithKey({ settings: { auditRecord: 3 * minute } });
    mayReadLog(world);
    const anHour = 60 * minute;
    world.clock.advanceTo((Math.floor(world.clock.now() / anHour) + 1) * anHour - 2_000);
    assert.equal((await superseding(world)).auditRecord, 'seen');
    const hours = new Set(
      world.azure.requests.flatMap(({ path }) => /\/h=\d\d\//.exec(decodeURIComponent(path)) ?? []),
    );
    assert.equal(hours.size, 2);
  });

  test('is pending if it has not arrived after about twelve minutes', async () => {
    const { world } = await worldWithKey({ settings: { auditRecord: 60 * minute } });
    mayReadLog(world);
    const startedAt = world.clock.now();
    const result = await superseding(world);
    assert.equal(result.auditRecord, 'pending');
    const took = world.clock.now() - startedAt;
    assert.ok(took > 11 * minute && took < 13 * minute, `${took} ms`);
    assertInForce(world, result);
  });

  test('is not available to a worker without a role for data', async () => {
    const { world } = await worldWithKey();
    assert.equal((await superseding(world)).auditRecord, 'not permitted');
  });

  test('is not available to a worker without the right to read diagnostic settings', async () => {
    const { world } = await worldWithKey();
    mayReadLog(world);
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Insights/diagnosticSettings/read' });
    assert.equal((await superseding(world)).auditRecord, 'not permitted');
  });

  test('never arrives if no diagnostic setting keeps a log', async () => {
    const { world } = await worldWithKey();
    world.azure.state.diagnosticSettings = {};
    const run = await world.regenerate({ supersede: true });
    assert.equal((await endOf(world, run)).auditRecord, 'not logged');
  });

  test('is not searched if a valid key was returned and none was created', async () => {
    const { world, first } = await worldWithKey();
    const key = { vaultName: first.keyVault.name, secret: 'ase-activation-key' };
    world.azure.control.softDeleteSecret(key);
    const run = await world.regenerate();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'SecretSoftDeleted');
    world.azure.control.recoverSecret(key);
    const result = await endOf(world, run);
    assert.equal(result.auditRecord, 'no access');
    assert.deepEqual(result.activationKey, first.activationKey);
    assert.ok((await status(run)).steps.every(({ step }) => step !== 'observeAuditRecord'));
  });

  test('blocks nothing if the storage account does not answer', async () => {
    const { world } = await worldWithKey({
      meddle: (request, pass) =>
        request.url.includes('.blob.') ? Promise.resolve(new Response('', { status: 503 })) : pass(request),
    });
    mayReadLog(world);
    const startedAt = world.clock.now();
    const run = await world.regenerate({ supersede: true });
    const result = await endOf(world, run);
    assert.equal(result.auditRecord, 'pending');
    assert.ok(world.clock.now() - startedAt <= 21 * minute);
  });
});

suite('the linked channel integrity key of the device', () => {
  const cikOf = (world: World) => {
    const { secrets } = vaultOf(world);
    const [name = ''] = Object.keys(secrets).filter((secret) => secret.startsWith('ase-cik-'));
    const [version] = secrets[name]?.versions ?? [];
    assert.ok(version);
    return { name, version };
  };

  test('is awaited if it is disabled, and never replaced', async () => {
    const { world } = await worldWithKey();
    const { version } = cikOf(world);
    version.attributes.enabled = false;
    const run = await world.regenerate({ supersede: true });
    await runToRest(world, run);
    const { step, failure, message } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'assertChannelIntegrityKey CikMissing');
    assert.match(message, new RegExp(`the version ${version.version} of .* is disabled`));
    assert.deepEqual(world.writes(), []);
    version.attributes.enabled = true;
    assertInForce(world, await endOf(world, run));
    assert.equal(world.versionsOf('ase-cik-').length, 1);
  });

  test('is not replaced by another version if it is missing', async () => {
    const { world } = await worldWithKey();
    const { version } = cikOf(world);
    version.version = 'f'.repeat(32);
    const run = await world.regenerate({ supersede: true });
    await runToRest(world, run);
    const { failure, message } = await blockOf(run);
    assert.equal(failure, 'CikMissing');
    assert.match(message, /is not in the vault "ase-edge1-/);
    assert.deepEqual(world.writes(), []);
  });

  test('can be recovered if it was deleted', async () => {
    const { world } = await worldWithKey();
    const { name } = cikOf(world);
    const vault = vaultOf(world);
    const { [name]: deleted, ...kept } = vault.secrets;
    assert.ok(deleted);
    const now = world.clock.now();
    const deletion = { at: now, visibleFrom: now, purgeAt: now + 90 * 24 * 60 * minute };
    vault.secrets = { ...kept, [name]: { ...deleted, deletion } };
    const run = await world.regenerate({ supersede: true });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'CikSoftDeleted');
    assert.deepEqual(world.writes(), []);
  });
});
