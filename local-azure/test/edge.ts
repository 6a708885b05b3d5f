/** A tenant with a Data Box Edge in it, and the steps that lead to an activation key, as raw requests of the owner. */
import { DataBoxEdgeManagementClient } from '@azure/arm-databoxedge';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { activate, type ActivationResult } from '../device/activate.ts';
import type { Settings } from '../settings.ts';
import { pooledCertificates } from './certificates.ts';
import { inProcess } from './http-client.ts';
import { keyOf, type KeyFields } from './activation-keys.ts';
import { arm, newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

const certificates = await pooledCertificates();

export const edgeApi = '2021-06-01';

export type Link = {
  clientSecretStoreId: string;
  clientSecretStoreUrl: string;
  channelIntegrityKeyName: string;
  channelIntegrityKeyVersion: string;
};

export type EdgeTenant = Tenant & {
  deviceId: (name: string) => string;
  /** A call on a device: `path` follows its id. */
  onDevice: (method: string, name: string, path?: string, body?: unknown, apiVersion?: string) => Promise<Answer>;
  orderDevice: (name: string) => Promise<string>;
  activate: (name: string, key: string) => Promise<ActivationResult>;
};

export const edgeTenant = (settings: Partial<Settings> = {}): EdgeTenant => {
  const tenant = newTenant({ certificates, settings });
  const deviceId = (name: string): string =>
    `${tenant.group}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/${name}`;
  const onDevice: EdgeTenant['onDevice'] = (method, name, path = '', body, apiVersion = edgeApi) =>
    tenant.call(method, `${deviceId(name)}${path}`, { apiVersion, ...(body === undefined ? {} : { body }) });
  return {
    ...tenant,
    deviceId,
    onDevice,
    /** Returns the object id of its identity. */
    orderDevice: async (name) => {
      const ordered = { location: 'westeurope', sku: { name: 'EdgeP_Base' }, identity: { type: 'SystemAssigned' } };
      const { body } = await onDevice('PUT', name, '', ordered);
      return (body as { identity: { principalId: string } }).identity.principalId;
    },
    activate: (name, key) => activate(tenant.azure, name, key),
  };
};

/** The official client, signed in as the owner. */
export const clientOf = ({ azure, subscriptionId }: EdgeTenant): DataBoxEdgeManagementClient => {
  const token = () => Promise.resolve({ token: azure.issueToken(azure.principals.owner, arm), expiresOnTimestamp: 1 });
  return new DataBoxEdgeManagementClient({ getToken: token }, subscriptionId, {
    endpoint: arm,
    httpClient: inProcess((request) => azure.fetch(request)),
    retryOptions: { maxRetries: 0 },
  });
};

/** A vault that the owner fills and the device's identity may use as said. */
export const makeVault = async (tenant: EdgeTenant, name: string, device: string, secrets: string[]): Promise<void> => {
  const { owner } = tenant.azure.principals;
  const body = policyVault(
    tenant,
    { objectId: owner.objectId, secrets: ['all'] },
    ...(secrets.length > 0 ? [{ objectId: device, secrets }] : []),
  );
  const { status } = await tenant.call('PUT', tenant.vaultId(name), { apiVersion: '2026-02-01', body });
  assert.equal(status, 200);
  tenant.wait(10_000);
};

/** Puts a channel integrity key into the vault; returns its value and the link that names it. */
export const putChannelIntegrityKey = async (
  tenant: EdgeTenant,
  vault: string,
  name = 'ase-cik',
): Promise<{ value: string; link: Link }> => {
  const value = randomBytes(128).toString('base64').slice(0, 128);
  const host = `https://${vault}.vault.localhost`;
  const { status, body } = await tenant.call('PUT', `/secrets/${name}`, {
    apiVersion: '7.4',
    host,
    audience: 'https://vault.localhost',
    body: { value },
  });
  assert.equal(status, 200);
  const version = (body as { id: string }).id.split('/').at(-1) ?? '';
  const link = {
    clientSecretStoreId: tenant.vaultId(vault),
    clientSecretStoreUrl: host,
    channelIntegrityKeyName: name,
    channelIntegrityKeyVersion: version,
  };
  return { value, link };
};

/** Generates and uploads a certificate; returns the fields of the key that it makes. */
export const issueFields = async (tenant: EdgeTenant, device: string, cik: string): Promise<KeyFields> => {
  const generated = await tenant.onDevice('POST', device, '/generateCertificate');
  const { publicKey, privateKey } = generated.body as { publicKey: string; privateKey: string };
  const certificate = { properties: { certificate: publicKey } };
  const uploaded = await tenant.onDevice('POST', device, '/uploadCertificate', certificate);
  const aad = uploaded.body as Record<string, string>;
  return {
    subscriptionId: tenant.subscriptionId,
    resourceType: 'dataBoxEdgeDevices',
    resourceName: device,
    managementCert: privateKey,
    resourceId: aad['resourceId'] ?? '',
    aadAuthority: aad['aadAuthority'] ?? '',
    aadAudience: aad['aadAudience'] ?? '',
    aadTenantId: aad['aadTenantId'] ?? '',
    servicePrincipalClientId: aad['servicePrincipalClientId'] ?? '',
    azureManagementEndpointAudience: aad['azureManagementEndpointAudience'] ?? '',
    providerNamespace: 'Microsoft.DataBoxEdge',
    resourceGroup: 'g',
    serviceDataIntegrityKey: cik,
    identityProvider: 'AAD',
  };
};

export type Prepared = EdgeTenant & { fields: KeyFields; key: string; cik: string; link: Link };

/** The device `edge-1`, linked to the vault `edge-vault`, with an activation key for it. */
export const preparedDevice = async (rights: string[] = ['get', 'set']): Promise<Prepared> => {
  const tenant = edgeTenant();
  const identity = await tenant.orderDevice('edge-1');
  await makeVault(tenant, 'edge-vault', identity, rights);
  const { value, link } = await putChannelIntegrityKey(tenant, 'edge-vault');
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', link);
  const fields = await issueFields(tenant, 'edge-1', value);
  return { ...tenant, fields, key: keyOf(fields), cik: value, link };
};
