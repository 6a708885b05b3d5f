import { fold } from '../arm/path.ts';
import type { Exchange } from '../arm/provider.ts';
import { mayDoWithData } from '../arm/rights.ts';
import type { Principal } from '../entra/principals.ts';
import { bearerOf, issuerOf, readToken } from '../entra/tokens.ts';
import { objectsIn, textIn } from '../json.ts';
import { challenge, refuseData } from './answers.ts';
import { placeOf } from './place.ts';
import type { SecretRoute } from './secret-routes.ts';
import { policiesInEffect, type Vault } from './vault.ts';

/** All callers come from here. */
const callerAddress = '127.0.0.1';

/** The firewall comes before everything, so it refuses the call without a token as well. */
export const assertFirewallOpen = (exchange: Exchange, vault: Vault): void => {
  if (vault.publicNetworkAccess === 'Disabled') {
    throw byFirewall(
      'Public network access is disabled and request is not from a trusted service nor via an approved private link.',
      exchange,
      vault,
    );
  }
  const acls = vault.networkAcls ?? {};
  const isDenied = fold(textIn(acls, 'defaultAction') ?? '') === 'deny';
  const isAllowed = objectsIn(acls, 'ipRules').some(
    (rule) => textIn(rule, 'value')?.replace(/\/32$/, '') === callerAddress,
  );
  if (!isDenied || isAllowed) return;
  throw byFirewall(
    `Client address is not authorized and caller is not a trusted service.\r\nClient address: ${callerAddress}`,
    exchange,
    vault,
  );
};

const byFirewall = (reason: string, { state, request }: Exchange, vault: Vault): Error => {
  const claims = readToken(state.signingKey, bearerOf(request) ?? '');
  const caller = claims ? `appid=${claims.appid};oid=${claims.oid};iss=${claims.iss}` : 'unknown';
  return refuseData(403, 'Forbidden', `${reason}\r\nCaller: ${caller}\r\n${placeOf(vault)}`, 'ForbiddenByFirewall');
};

/**
 * Who calls, with a token of the vault's own tenant; every want of a good one is answered with the challenge. Codes recorded or
 * from users' reports (the issuer's: Azure/azure-sdk-for-js#6221).
 */
export const authenticateToVault = ({ request, state, now, endpoints }: Exchange, { tenantId }: Vault): Principal => {
  const unauthorized = (message: string): Error =>
    challenge(message, `${endpoints.login}/${tenantId}`, endpoints.vault);
  const token = bearerOf(request);
  if (token === undefined) throw unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
  const claims = readToken(state.signingKey, token);
  if (!claims) throw unauthorized('AKV10046: Unable to resolve the key used for signature validation.');
  if (claims.aud !== endpoints.vault) {
    throw unauthorized(`AKV10022: Invalid audience. Expected ${endpoints.vault}, found: ${claims.aud}.`);
  }
  const issuer = issuerOf(tenantId);
  if (claims.iss !== issuer) {
    throw unauthorized(`AKV10032: Invalid issuer. Expected one of ${issuer}, found ${claims.iss}.`);
  }
  const caller = state.principals[claims.oid];
  if (claims.exp * 1000 <= now || !caller) throw unauthorized("[TokenExpired] Error validating token: 'S2S12086'.");
  return caller;
};

/** One of two permission models is asked: roles at the vault or above, or the vault's own access policies. */
export const assertPermitted = (
  exchange: Exchange,
  vault: Vault,
  caller: Principal,
  route: SecretRoute,
  names: string[],
): void => {
  const who = `appid=${caller.clientId};oid=${caller.objectId};iss=${issuerOf(caller.tenantId)}`;
  if (vault.enableRbacAuthorization) assertRole(exchange, vault, caller, route, names, who);
  else assertPolicy(exchange, vault, caller, route, who);
};

/** A role may be given for one secret too (documented). */
const assertRole = (
  { state }: Exchange,
  vault: Vault,
  { objectId }: Principal,
  { dataAction }: SecretRoute,
  names: string[],
  who: string,
): void => {
  const resource = [vault.id, ...names.slice(0, 1).map((name) => `secrets/${name}`)].join('/');
  if (mayDoWithData(state, objectId, dataAction, resource)) return;
  throw refuseData(
    403,
    'Forbidden',
    'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
      `definitions were changed recently, please observe propagation time.\r\nCaller: ${who}\r\nAction: ` +
      `'${dataAction}'\r\nResource: '${fold(resource)}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\n` +
      `DecisionReason: null \r\n${placeOf(vault)}\r\n`,
    'ForbiddenByRbac',
  );
};

/** An entry for the caller's object id must name the permission. */
const assertPolicy = (
  exchange: Exchange,
  vault: Vault,
  caller: Principal,
  { permission }: SecretRoute,
  who: string,
): void => {
  if (holds(exchange, vault, caller, permission)) return;
  throw refuseData(
    403,
    'Forbidden',
    `The user, group or application '${who}' does not have secrets ${permission} permission on key vault ` +
      `'${vault.name};location=${vault.location}'. For help resolving this issue, please see ` +
      'https://go.microsoft.com/fwlink/?linkid=2125287',
    'ForbiddenByPolicy',
  );
};

/**
 * Entries for an application on behalf of a user do not count for the application itself. `all` is all but `purge`
 * (assumed from recorded clients, which ask for both).
 */
const holds = ({ now }: Exchange, vault: Vault, caller: Principal, permission: string): boolean =>
  policiesInEffect(vault, now).some(
    ({ objectId, applicationId, permissions }) =>
      fold(objectId) === caller.objectId &&
      applicationId === undefined &&
      (permissions['secrets'] ?? []).some((word) => includes(fold(word), permission)),
  );

const includes = (word: string, permission: string): boolean =>
  word === permission || (word === 'all' && permission !== 'purge');
