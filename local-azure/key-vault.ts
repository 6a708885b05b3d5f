import { empty, json, refuse, resourceNotFound } from './arm/answers.ts';
import { assertSameLocation, locationOf } from './arm/locations.ts';
import { page } from './arm/paging.ts';
import { fold } from './arm/path.ts';
import type { ArmCall, Provider } from './arm/provider.ts';
import { objectIn, textIn, type JsonObject } from './json.ts';
import { changePolicies } from './vault/access-policies.ts';
import { deletedVaultBody, vaultBody } from './vault/body.ts';
import { changedVault, createVault } from './vault/definition.ts';
import {
  heldByDeletedVault,
  nameNotValid,
  nameProblem,
  nameTaken,
  nameTakenText,
  nothingToRecover,
} from './vault/errors.ts';
import { findDeletedVault, findVault, recoverVault, softDeleteVault } from './vault/store.ts';
import type { DeletedVault, Vault } from './vault/vault.ts';

const vaultType = 'Microsoft.KeyVault/vaults';

/** Extra header of this provider (recorded). */
const served = { 'x-ms-keyvault-service-version': '1.5.1455.0' };

/** PUT answers 200 also for a new vault (recorded), and recovers a deleted one where `createMode` says so. */
const createOrUpdate = (call: ArmCall): Response => {
  const { state, now, target, body } = call;
  const [name = ''] = target.names;
  const problem = nameProblem(name);
  if (problem) throw nameNotValid(problem);
  const location = locationOf(body, target);
  const vault = findVault(state, name);
  if (vault && fold(vault.id) !== fold(target.id)) throw nameTaken(name);
  if (vault) {
    assertSameLocation(vault, location);
    return keep(call, changedVault(call, vault));
  }
  const deleted = findDeletedVault(state, name, now);
  const isHere = deleted && fold(deleted.vault.id) === fold(target.id) && deleted.vault.location === location;
  if (recovers(body)) return recover(call, isHere ? deleted : undefined);
  if (deleted) throw isHere ? heldByDeletedVault() : nameTaken(name);
  return keep(call, createVault(call), 'new');
};

const recovers = (body: JsonObject): boolean =>
  textIn(objectIn(body, 'properties'), 'createMode')?.toLowerCase() === 'recover';

/** All but the createMode of the body is ignored: sku, policies and tags come back as they were (recorded). */
const recover = (call: ArmCall, deleted: DeletedVault | undefined): Response => {
  const { state, now, settings } = call;
  if (!deleted) throw nothingToRecover();
  return json(200, vaultBody(call, recoverVault(state, deleted, now + settings.vaultDns)), served);
};

const keep = (call: ArmCall, vault: Vault, answer: 'existing' | 'new' = 'existing'): Response => {
  call.state.vaults[fold(vault.name)] = vault;
  return json(200, vaultBody(call, vault, answer), served);
};

const update = (call: ArmCall): Response => keep(call, changedVault(call, existing(call), 'patch'));

const show = (call: ArmCall): Response => json(200, vaultBody(call, existing(call)), served);

const remove = (call: ArmCall): Response => {
  const vault = vaultAt(call);
  if (!vault) return empty(204, served);
  softDeleteVault(call.state, vault, call.now);
  return empty(200, served);
};

const list = (call: ArmCall): Response => {
  const { state, target } = call;
  const vaults = Object.values(state.vaults).filter(
    (vault) =>
      fold(vault.subscriptionId) === fold(target.subscriptionId ?? '') &&
      (target.resourceGroup === undefined || fold(vault.group) === fold(target.resourceGroup)),
  );
  return page(
    call,
    vaults.map((vault) => vaultBody(call, vault)),
    { headers: served, trailing: true },
  );
};

const editPolicies = (call: ArmCall): Response => {
  const { now, settings, target, body } = call;
  const vault = existing(call);
  const sent = changePolicies(vault, target.names[1] ?? '', body, now, now + settings.accessPolicyEffect);
  return json(
    200,
    {
      id: `${vault.id}/accessPolicies/`,
      type: 'Microsoft.KeyVault/vaults/accessPolicies',
      properties: { accessPolicies: sent },
    },
    served,
  );
};

const checkName = ({ state, now, body }: ArmCall): Response => {
  const name = textIn(body, 'name') ?? '';
  const problem = nameProblem(name);
  if (problem) return json(200, { nameAvailable: false, reason: 'AccountNameInvalid', message: problem }, served);
  if (findVault(state, name) || findDeletedVault(state, name, now)) {
    return json(200, { nameAvailable: false, reason: 'AlreadyExists', message: nameTakenText(name) }, served);
  }
  return json(200, { nameAvailable: true }, served);
};

const showDeleted = (call: ArmCall): Response => {
  const [location = '', name = ''] = call.target.names;
  const deleted = findDeletedVault(call.state, name, call.now);
  if (!deleted || !isOfSubscription(call, deleted) || fold(deleted.vault.location) !== fold(location)) {
    throw refuse(404, 'ResourceNotFound', 'The specified resource does not exist.');
  }
  return json(200, deletedVaultBody(deleted), served);
};

const listDeleted = (call: ArmCall): Response => {
  const { state, now } = call;
  const deleted = Object.values(state.deletedVaults).filter(
    (candidate) => candidate.purgeAt > now && isOfSubscription(call, candidate),
  );
  return page(call, deleted.map(deletedVaultBody), { headers: served, trailing: true });
};

const noManagedHsm = (call: ArmCall): Response => page(call, [], { headers: served });

const vaultAt = ({ state, target }: ArmCall): Vault | undefined => {
  const vault = findVault(state, target.names[0] ?? '');
  return vault && fold(target.id).startsWith(fold(vault.id)) ? vault : undefined;
};

const existing = (call: ArmCall): Vault => {
  const vault = vaultAt(call);
  if (!vault) throw resourceNotFound(vaultType, call.target.names[0] ?? '', call.target.resourceGroup);
  return vault;
};

const isOfSubscription = ({ target }: ArmCall, { vault }: DeletedVault): boolean =>
  fold(vault.subscriptionId) === fold(target.subscriptionId ?? '');

export const keyVault: Provider = {
  namespace: 'Microsoft.KeyVault',
  registration: 'required',
  apiVersions: [
    '2026-05-15',
    '2026-02-01',
    '2025-05-01',
    '2024-12-01-preview',
    '2024-11-01',
    '2024-04-01-preview',
    '2023-07-01',
    '2023-02-01',
    '2022-11-01',
    '2022-07-01',
    '2021-11-01-preview',
    '2021-10-01',
    '2021-06-01-preview',
    '2021-04-01-preview',
    '2020-04-01-preview',
    '2019-09-01',
    '2018-02-14',
    '2016-10-01',
    '2015-06-01',
  ],
  routes: {
    'PUT group/vaults/{}': createOrUpdate,
    'PATCH group/vaults/{}': update,
    'GET group/vaults/{}': show,
    'DELETE group/vaults/{}': remove,
    'GET group/vaults': list,
    'GET subscription/vaults': list,
    'PUT group/vaults/{}/accessPolicies/{}': editPolicies,
    'POST subscription/checkNameAvailability': {
      run: checkName,
      effect: 'read',
      action: 'Microsoft.KeyVault/checkNameAvailability/read',
    },
    'GET subscription/deletedVaults': listDeleted,
    'GET subscription/locations/{}/deletedVaults/{}': showDeleted,
    'GET subscription/managedHSMs': noManagedHsm,
    'GET group/managedHSMs': noManagedHsm,
    'GET subscription/deletedManagedHSMs': noManagedHsm,
  },
  resources: (state) =>
    Object.values(state.vaults).map(({ id, name, location, tags }) => ({ id, name, type: vaultType, location, tags })),
  forgetGroup: (state, group, now) => {
    for (const vault of Object.values(state.vaults)) {
      if (fold(vault.id).startsWith(`${group}/`)) softDeleteVault(state, vault, now);
    }
  },
};
