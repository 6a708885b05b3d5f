import { fold } from '../arm/path.ts';
import type { Principal } from '../entra/principals.ts';
import { bearerOf, issuerOf, readToken } from '../entra/tokens.ts';
import type { Exchange } from '../exchange.ts';
import { objectsIn, textIn } from '../json.ts';
import { challenge, refuseData } from './answers.ts';
import type { SecretRoute } from './secrets.ts';
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

const placeOf = (vault: Vault): string => `Vault: ${vault.name};location=${vault.location}`;

/** Who calls; every want of a good token is answered with the challenge. Codes recorded or from users' reports; the issuer's is assumed. */
export const authenticateToVault = ({ request, state, now, endpoints }: Exchange): Principal => {
  const unauthorized = (message: string): Error =>
    challenge(message, `${endpoints.login}/${state.tenantId}`, endpoints.vault);
  const token = bearerOf(request);
  if (token === undefined) throw unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
  const claims = readToken(state.signingKey, token);
  if (!claims) throw unauthorized('AKV10046: Unable to resolve the key used for signature validation.');
  if (claims.aud !== endpoints.vault) {
    throw unauthorized(`AKV10022: Invalid audience. Expected ${endpoints.vault}, found: ${claims.aud}.`);
  }
  const issuer = issuerOf(state.tenantId);
  if (claims.iss !== issuer) {
    throw unauthorized(`AKV10032: Invalid issuer. Expected one of ${issuer}, found ${claims.iss}.`);
  }
  const caller = state.principals[claims.oid];
  if (claims.exp * 1000 <= now || !caller) throw unauthorized("[TokenExpired] Error validating token: 'S2S12086'.");
  return caller;
};

/** In the access-policy model an entry for the caller's object id must name the permission; RBAC knows no policies. */
export const assertPermitted = (exchange: Exchange, vault: Vault, caller: Principal, route: SecretRoute): void => {
  const { permission } = route;
  const who = `appid=${caller.clientId};oid=${caller.objectId};iss=${issuerOf(caller.tenantId)}`;
  if (vault.enableRbacAuthorization) {
    throw refuseData(
      403,
      'Forbidden',
      'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
        `definitions were changed recently, please observe propagation time.\r\nCaller: ${who}\r\nAction: ` +
        `'Microsoft.KeyVault/vaults/secrets/${route.rbacAction}'\r\nResource: '${fold(vault.id)}'\r\nAssignment: (not ` +
        `found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\n${placeOf(vault)}\r\n`,
      'ForbiddenByRbac',
    );
  }
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

/** Entries for an application on behalf of a user do not count for the application itself. */
const holds = ({ now }: Exchange, vault: Vault, caller: Principal, permission: string): boolean =>
  policiesInEffect(vault, now).some(
    ({ objectId, applicationId, permissions }) =>
      fold(objectId) === caller.objectId &&
      applicationId === undefined &&
      (permissions['secrets'] ?? []).some((word) => [permission, 'all'].includes(fold(word))),
  );
