/** Who a recorded request came from, and from where, as far as its answer shows. */
import type { LocalAzure } from '../../index.ts';
import { addApplication, type Principal } from '../../entra/principals.ts';
import { owner } from '../../entra/roles.ts';
import { signToken } from '../../entra/tokens.ts';
import { findVault } from '../../vault/store.ts';
import { policiesInEffect } from '../../vault/vault.ts';
import { errorOf, type Exchange } from './exchange.ts';

/** A token with the defect that the answer names; nothing for a request that had none. */
export const tokenOf = (
  azure: LocalAzure,
  exchange: Exchange,
  audience: string,
  vaultName: string | undefined,
): string | undefined => {
  const { code, message } = errorOf(exchange.body);
  const { principals, state } = azure;
  const told = `${code} ${message}`;
  const tenantId = findVault(state, vaultName ?? '')?.tenantId ?? state.tenantId;
  if (exchange.status !== 401) return azure.issueToken({ ...callerOf(azure, exchange), tenantId }, audience);
  if (/expired/i.test(told)) return signToken(state.signingKey, principals.owner, audience, azure.now() - 7_200_000);
  if (/audience/i.test(told)) return azure.issueToken(principals.owner, 'https://elsewhere.example.com');
  if (/InvalidAuthenticationTokenTenant|AKV10032/.test(told)) {
    return azure.issueToken({ ...principals.owner, tenantId: '00000000-0000-0000-0000-00000000000f' }, audience);
  }
  return /InvalidAuthenticationToken|AKV10046/.test(told) ? 'no.good.token' : undefined;
};

/** The owner, or where a right was missing, somebody who lacks just that one, or in a vault all. */
const callerOf = (azure: LocalAzure, { status, body }: Exchange): Principal => {
  const { code, inner, message } = errorOf(body);
  if (status !== 403) return azure.principals.owner;
  if (/AccessDenied|ForbiddenByPolicy|ForbiddenByRbac/.test(inner)) return addApplication(azure.state, 'stranger');
  if (!/AuthorizationFailed/.test(code)) return azure.principals.owner;
  const [, missing = '*'] =
    /not have (?:authorization|permission) to perform actions?(?:\(s\))? '([^']+)'/.exec(message) ?? [];
  return callerWithout(azure, missing.split(/[,;]\s*/));
};

const callerWithout = (azure: LocalAzure, notActions: string[]): Principal => {
  const caller = addApplication(azure.state, 'caller with fewer rights');
  for (const id of Object.keys(azure.state.subscriptions)) {
    azure.state.roleAssignments.push({
      objectId: caller.objectId,
      scope: `/subscriptions/${id}`,
      role: { ...structuredClone(owner), notActions },
    });
  }
  return caller;
};

const everything = ['get', 'list', 'set', 'delete', 'recover', 'backup', 'restore', 'purge'];

/**
 * Lets the caller into a vault as the recorded one was let in: through the firewall unless that refused, and with an
 * entry that the data plane alone knows. Returns what puts the firewall back.
 */
export const enter = (azure: LocalAzure, vaultName: string, exchange?: Exchange): (() => void) => {
  const vault = findVault(azure.state, vaultName);
  if (!vault) return () => undefined;
  const { objectId } = azure.principals.owner;
  const policies = policiesInEffect(vault, azure.now()).filter((policy) => policy.objectId !== objectId);
  const own = { tenantId: vault.tenantId, objectId, permissions: { secrets: everything } };
  vault.policyVersions = [
    { from: 0, policies: [...policies, own] },
    ...vault.policyVersions.filter(({ from }) => from > azure.now()),
  ];
  const { networkAcls, publicNetworkAccess } = vault;
  const isRefused = errorOf(exchange?.body).inner === 'ForbiddenByFirewall';
  vault.networkAcls = {
    ...networkAcls,
    defaultAction: isRefused ? 'Deny' : 'Allow',
    ...(isRefused ? { ipRules: [] } : {}),
  };
  vault.publicNetworkAccess = 'Enabled';
  return () => {
    const entered = findVault(azure.state, vaultName);
    if (!entered) return;
    entered.publicNetworkAccess = publicNetworkAccess;
    if (networkAcls) entered.networkAcls = networkAcls;
    else delete entered.networkAcls;
  };
};
