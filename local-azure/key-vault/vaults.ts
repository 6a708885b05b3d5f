import { empty } from '../arm/answers.ts';
import { assertSameLocation, locationOf } from '../arm/locations.ts';
import { modification } from '../arm/system-data.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Handler } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { objectIn, textIn, type JsonObject } from '../json.ts';
import { vaultBody } from '../vault/body.ts';
import { changedVault, createVault } from '../vault/definition.ts';
import {
  beingPurged,
  heldByDeletedVault,
  nameNotValid,
  nameProblem,
  nameTaken,
  nothingToRecover,
} from '../vault/errors.ts';
import { findDeletedVault, findVault, recoverVault, softDeleteVault } from '../vault/store.ts';
import type { DeletedVault, Vault } from '../vault/vault.ts';
import { answer, served } from './answers.ts';
import { existing, vaultAt } from './lookup.ts';

/** PUT answers 200 also for a new vault (recorded), and recovers a deleted one where `createMode` says so. */
export const putVault: Handler = (call) => {
  const { state, now, target, body } = call;
  const [name = ''] = target.names;
  const problem = nameProblem(name);
  if (problem) throw nameNotValid(problem);
  const location = locationOf(body, target);
  const vault = findVault(state, name);
  if (vault && fold(vault.id) !== fold(target.id)) throw nameTaken(name);
  if (vault) {
    if (recovers(body)) throw nothingToRecover();
    assertSameLocation(vault, location);
    return keep(call, changedVault(call, vault));
  }
  const deleted = findDeletedVault(state, name, now);
  const isHere = deleted && fold(deleted.vault.id) === fold(target.id) && deleted.vault.location === location;
  if (recovers(body)) return recover(call, isHere ? deleted : undefined);
  if (deleted) throw isHere ? heldByDeletedVault() : nameTaken(name);
  const created = createVault(call);
  return keep(call, created, 'new');
};

const recovers = (body: JsonObject): boolean =>
  textIn(objectIn(body, 'properties'), 'createMode')?.toLowerCase() === 'recover';

/**
 * All but the createMode of the body is ignored: sku, policies, tags and the time of the creation come back as they were; the
 * time of the last modification is that of the recovery (recorded).
 */
const recover = (call: ArmCall, deleted: DeletedVault | undefined): Response => {
  const { state, now, settings } = call;
  if (!deleted) throw nothingToRecover();
  if (deleted.purge) throw beingPurged();
  const vault = recoverVault(state, deleted, now + settings.vaultDns);
  return keep(call, { ...vault, systemData: { ...vault.systemData, ...modification(call) } });
};

const keep = (call: ArmCall, vault: Vault, age: 'existing' | 'new' = 'existing'): Response => {
  call.state.vaults[fold(vault.name)] = vault;
  return answer(vaultBody(call, vault, age));
};

export const patchVault: Handler = (call) => keep(call, changedVault(call, existing(call), 'patch'));

export const getVault: Handler = (call) => answer(vaultBody(call, existing(call)));

export const deleteVault: Handler = (call) => {
  const vault = vaultAt(call);
  if (!vault) return empty(204, served);
  softDeleteVault(call.state, vault, call.now);
  return empty(200, served);
};

export const listVaults: Handler = (call) => page(call, bodiesOf(call), lists);

/** By name, as its tokens show (recorded). */
export const listVaultsOfGroup: Handler = (call) => {
  const byName = bodiesOf(call).toSorted((one, other) => (fold(one.name) < fold(other.name) ? -1 : 1));
  return page(call, byName, { ...lists, markerOf: ({ name }) => name });
};

const lists = { headers: served, trailing: true };

const bodiesOf = (call: ArmCall) =>
  Object.values(call.state.vaults)
    .filter(({ id }) => isAtOrBelow(id, call.target.scope))
    .map((vault) => vaultBody(call, vault));
