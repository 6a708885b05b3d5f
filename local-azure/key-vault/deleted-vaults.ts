import { page } from '../arm/paging.ts';
import type { Handler } from '../arm/provider.ts';
import { deletedVaultBody } from '../vault/body.ts';
import { deletedVaults } from '../vault/store.ts';
import { answer, served } from './answers.ts';
import { existingDeleted, isOfSubscription } from './lookup.ts';

export const getDeletedVault: Handler = (call) => answer(deletedVaultBody(existingDeleted(call)));

export const listDeletedVaults: Handler = (call) => {
  const listed = deletedVaults(call.state, call.now).filter(({ vault }) => isOfSubscription(call, vault));
  return page(call, listed.map(deletedVaultBody), { headers: served, trailing: true });
};
