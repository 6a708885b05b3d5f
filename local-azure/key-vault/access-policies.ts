import { parentNotFound } from '../arm/answers.ts';
import type { Handler } from '../arm/provider.ts';
import { changePolicies } from '../vault/access-policies.ts';
import { answer } from './answers.ts';
import { vaultAt, vaultType } from './lookup.ts';

/** The answer holds no more than what was sent (recorded). */
export const putAccessPolicies: Handler = (call) => {
  const vault = vaultAt(call);
  if (!vault) {
    const { scope, names } = call.target;
    throw parentNotFound('write', 'vaults/accessPolicies', `${scope}/providers/${vaultType}/${names[0] ?? ''}`);
  }
  const sent = changePolicies(call, vault, call.target.names[1] ?? '');
  return answer({
    id: `${vault.id}/accessPolicies/`,
    type: 'Microsoft.KeyVault/vaults/accessPolicies',
    properties: { accessPolicies: sent },
  });
};
