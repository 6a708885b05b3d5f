/** What a person sees of a device: the sections of its Security page, and the drift under the section it belongs to. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describePosture } from '../../cli/device.ts';
import { describePreview } from '../../cli/key.ts';
import { judgePosture } from '../../domain/posture.ts';
import { describePreview as judgePreview } from '../../domain/preview.ts';
import { Refusal } from '../../domain/failures.ts';
import { asPromised, live, online, stranger, vault } from '../domain/posture-samples.ts';
import { device } from '../domain/samples.ts';

const options = '-g edge-rg -n edge-1';

suite('a posture as text', () => {
  test('shows the sections of the Security page', () => {
    const text = describePosture(judgePosture(asPromised), options);
    const titles = text.split('\n').filter((line) => /^[A-Z]/.test(line));
    assert.deepEqual(titles, [
      'Key vault',
      'Secrets',
      'Access policies',
      'Diagnostics settings',
      'Locks',
      'System assigned managed identity',
      'No drift.',
    ]);
    assert.match(text, /^edge-1: ReadyToSetup, as of 2026-03-01T12:00:00\.000Z$/m);
    assert.match(text, /^ {2}softDelete +90 days$/m);
    assert.match(text, /^ {2}channel integrity key +ase-cik-\S+ +10 d +enabled +-$/m);
    assert.match(text, /^ {2}Activation key: live, fingerprint 0123456789abcdef, expires 2026-03-03T12:00/m);
    assert.match(text, /^ {2}device +get, set +- +aaaaaaaa-/m);
    assert.match(text, /^ {2}ours +ase-key-vault-lock +CanNotDelete +vaults ase-edge1-84ead8355 +-$/m);
    assert.match(text, /^ {2}link +this vault$/m);
    assert.match(text, /^ {2}ase-audit +on +aseedge1audit +there +Standard_ZRS +CanNotDelete$/m);
  });

  test('shows drift below its section, and what to type', () => {
    const accessPolicies = vault.accessPolicies.slice(1);
    const text = describePosture(judgePosture({ ...asPromised, keyVault: live({ accessPolicies }) }), options);
    const [, access = ''] = text.split('Access policies\n');
    assert.match(
      access,
      /! critical: the identity of the device has no access\n {4}expected: exactly get and set.*\n {4}to do: ase device repair -g edge-rg -n edge-1\n\nDiagnostics/,
    );
    assert.match(text, /Drift found: 1\.\n$/);
  });

  test('names whom to ask if no command helps', () => {
    const accessPolicies = [
      ...vault.accessPolicies,
      { tenantId: device.tenantId, objectId: stranger, permissions: { secrets: ['get'] } },
    ];
    const text = describePosture(judgePosture({ ...asPromised, keyVault: live({ accessPolicies }) }), options);
    assert.match(text, /! notice: the foreign principal eeeeeeee\S+ holds get\n.*\n {4}to do: ask its owner/);
  });

  test('explains a device from before the integration', () => {
    const before = { ...online, keyVault: 'absent', link: { found: {} } } as const;
    const text = describePosture(judgePosture({ ...before, locks: { ...online.locks, keyVault: 'absent' } }), options);
    assert.match(text, /activated before the integration and works without one\.$/m);
    assert.doesNotMatch(text, /drift/i);
  });

  test('names the unreadable parts', () => {
    const secrets = { unseen: 'VaultNetworkClosed', why: 'closed' } as const;
    const text = describePosture(judgePosture({ ...asPromised, secrets }), options);
    assert.match(text, /Not readable\n! warning: the secrets cannot be read: VaultNetworkClosed, closed\n/);
  });
});

suite('a plan as text', () => {
  const nothing = { id: device, refusals: [], permissions: [{ actions: ['*'], notActions: [] }], providers: [] };
  const accepted = { device, keyVaultName: vault.name, plan: { action: 'create' } } as const;

  test('lists the actions and the names', () => {
    const text = describePreview(judgePreview({ ...nothing, accepted }));
    assert.match(text, /^The activation would succeed\. Nothing was changed\.$/m);
    assert.match(text, /^create +key vault ase-edge1-84ead8355 \(the name may be taken elsewhere in Azure\)$/m);
    assert.match(text, /^issue +activation key$/m);
    assert.match(text, /^All \d+ required rights are held\.$/m);
    assert.match(text, /^keyVaultLock +ase-key-vault-lock$/m);
  });

  test('lists the failures and the remedies', () => {
    const refusal = new Refusal('VaultNameTaken', 'taken', { retryWith: { keyVaultName: 'other' } });
    const text = describePreview(judgePreview({ ...nothing, refusals: [refusal], permissions: [] }));
    assert.match(text, /^The activation would fail\./);
    assert.match(
      text,
      /^! VaultNameTaken: taken\n {4}requester: Retry with the keyVaultName.*\n {4}for example with \{"keyVaultName":"other"\}$/m,
    );
    assert.match(text, /^Microsoft\.KeyVault\/vaults\/write +activation$/m);
  });
});
