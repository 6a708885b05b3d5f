import { normalLocation } from '../arm/locations.ts';
import { privateRangeOf } from '../arm/private-addresses.ts';
import type { ArmCall } from '../arm/provider.ts';
import { creation, modification } from '../arm/system-data.ts';
import { sentTags } from '../arm/tags.ts';
import { isObject, objectIn, objectsIn, textIn, type JsonObject } from '../json.ts';
import { guidForm, readPolicies } from './access-policies.ts';
import { badRequest } from './errors.ts';
import { setPolicies, type Vault } from './vault.ts';

/** The first api-version in which a new vault uses role-based access unless told otherwise (Azure docs). */
const rbacByDefaultSince = '2026-02-01';

/** A new vault from a PUT. */
export const createVault = (call: ArmCall): Vault => {
  const { target, body, apiVersion, settings, now } = call;
  const [name = ''] = target.names;
  const { subscriptionId = '', resourceGroup = '' } = target;
  const properties = objectIn(body, 'properties');
  const saysRbac = typeof properties['enableRbacAuthorization'] === 'boolean';
  assertChangeless(properties);
  const blank: Vault = {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`,
    name,
    subscriptionId,
    group: resourceGroup,
    location: normalLocation(textIn(body, 'location') ?? ''),
    tags: {},
    tenantId: tenantOf(properties),
    sku: skuOf(properties),
    accessPolicies: [],
    policyVersions: [],
    enableRbacAuthorization: apiVersion >= rbacByDefaultSince,
    showsRbac: saysRbac || apiVersion >= rbacByDefaultSince,
    enableSoftDelete: true,
    ...retentionOf(properties),
    enablePurgeProtection: false,
    publicNetworkAccess: 'Enabled',
    enabledFor: { enabledForDeployment: false },
    reachableFrom: now + settings.vaultDns,
    systemData: { ...creation(call), ...modification(call) },
    secrets: {},
  };
  return changedVault(call, blank);
};

/**
 * The vault after a PUT or PATCH. A PUT replaces all access policies and tags; the permission model stays unless said,
 * and purge protection, once on, stays on.
 */
export const changedVault = (call: ArmCall, vault: Vault, mode: 'put' | 'patch' = 'put'): Vault => {
  const { body, now, settings } = call;
  const properties = objectIn(body, 'properties');
  assertChangeless(properties);
  assertSameRetention(properties, vault);
  const changed: Vault = {
    ...vault,
    tags: mode === 'put' || 'tags' in body ? sentTags(body) : vault.tags,
    tenantId: mode === 'put' || 'tenantId' in properties ? tenantOf(properties) : vault.tenantId,
    sku: mode === 'put' || 'sku' in properties ? skuOf(properties) : vault.sku,
    enableRbacAuthorization: flag(properties, 'enableRbacAuthorization') ?? vault.enableRbacAuthorization,
    showsRbac: vault.showsRbac || 'enableRbacAuthorization' in properties,
    enablePurgeProtection: vault.enablePurgeProtection || properties['enablePurgeProtection'] === true,
    publicNetworkAccess: accessOf(properties) ?? vault.publicNetworkAccess,
    enabledFor: { ...vault.enabledFor, ...enabledFor(properties) },
    ...(isObject(properties['networkAcls']) ? { networkAcls: aclsOf(properties['networkAcls']) } : {}),
    systemData: { ...vault.systemData, ...modification(call) },
  };
  if (mode === 'patch' && !('accessPolicies' in properties)) return changed;
  if (!Array.isArray(properties['accessPolicies']) && !changed.enableRbacAuthorization) {
    throw badRequest('The parameter accessPolicies is not specified.');
  }
  setPolicies(changed, readPolicies(call, changed), now, now + settings.accessPolicyEffect);
  return changed;
};

/** Properties that accept one value only. Texts from users' reports, the second assumed: it cannot be switched off any more. */
const assertChangeless = (properties: JsonObject): void => {
  if (properties['enablePurgeProtection'] === false) {
    throw badRequest(
      'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an ' +
        'irreversible action.',
    );
  }
  if (properties['enableSoftDelete'] === false) {
    throw badRequest('The property "enableSoftDelete" cannot be set to false. Soft delete is enabled for all vaults.');
  }
};

const retentionOf = (properties: JsonObject): { softDeleteRetentionInDays?: number } => {
  const days = properties['softDeleteRetentionInDays'];
  if (days === undefined || days === null) return {};
  if (typeof days === 'number' && Number.isInteger(days) && days >= 7 && days <= 90) {
    return { softDeleteRetentionInDays: days };
  }
  throw badRequest('The property "softDeleteRetentionInDays" must be between 7 and 90.');
};

const assertSameRetention = (properties: JsonObject, vault: Vault): void => {
  const days = properties['softDeleteRetentionInDays'];
  if (days === undefined || days === null || days === (vault.softDeleteRetentionInDays ?? 90)) return;
  throw badRequest('The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.');
};

/**
 * Any tenant's id: that of the subscription is not asked for (Azure/azure-cli#7607). The text about what is no id from
 * users' reports (Azure/azure-cli#8840), about none assumed.
 */
const tenantOf = (properties: JsonObject): string => {
  const tenantId = textIn(properties, 'tenantId');
  if (tenantId === undefined) throw badRequest('The parameter tenantId is not specified.');
  if (guidForm.test(tenantId)) return tenantId;
  throw badRequest('Bad JSON content found in the request.');
};

const skuOf = (properties: JsonObject): { family: string; name: string } => {
  const { family = 'A', name } = objectIn(properties, 'sku');
  if (family === 'A' && typeof name === 'string' && /^(standard|premium)$/i.test(name)) return { family, name };
  throw badRequest('The parameter sku is not specified or has an invalid value.');
};

const accessOf = (properties: JsonObject): Vault['publicNetworkAccess'] | undefined => {
  const access = textIn(properties, 'publicNetworkAccess')?.toLowerCase();
  if (access === undefined || access === '') return undefined;
  return access === 'disabled' ? 'Disabled' : 'Enabled';
};

const aclsOf = (acls: JsonObject): JsonObject => {
  for (const [index, rule] of objectsIn(acls, 'ipRules').entries()) assertPublic(index, textIn(rule, 'value') ?? '');
  return { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [], ...acls };
};

/** From users' reports (Azure/azure-powershell#11471). */
const assertPublic = (index: number, address: string): void => {
  const forbidden = privateRangeOf(address);
  if (!forbidden) return;
  throw badRequest(
    `Invalid value found at properties.networkAcls.ipRules[${index}].value: ${address} belongs to forbidden range ` +
      `${forbidden.first}–${forbidden.last} (private IP addresses)`,
  );
};

const enabledFor = (properties: JsonObject): Record<string, boolean> =>
  Object.fromEntries(
    ['enabledForDeployment', 'enabledForDiskEncryption', 'enabledForTemplateDeployment'].flatMap((name) => {
      const value = flag(properties, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

const flag = (properties: JsonObject, name: string): boolean | undefined => {
  const value = properties[name];
  return typeof value === 'boolean' ? value : undefined;
};
