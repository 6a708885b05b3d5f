/** A local Azure in which ten devices have been activated, in a time that stands still. */
import { createLocalAzure, type LocalAzure } from '../../local-azure/index.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';

export const devices = 10;

export type World = {
  azure: LocalAzure;
  vaultId: string;
  group: string;
  /** A request of the owner with a good token, ready to be sent once. */
  request: (method: string, url: string, body?: unknown) => Request;
};

export const arm = 'https://management.localhost';

const day = Date.UTC(2026, 0, 1);

const noCertificates = { issue: () => Promise.reject(new Error('No certificate is needed here.')) };

const atOnce = { storageAccount: 0, vaultDns: 0, accessPolicyEffect: 0 };

export const newWorld = async (): Promise<World> => {
  const azure = createLocalAzure({ clock: { now: () => day }, certificates: noCertificates, settings: atOnce });
  for (const namespace of ['Microsoft.KeyVault', 'Microsoft.Storage', 'Microsoft.Insights', 'Microsoft.DataBoxEdge']) {
    azure.control.register({ namespace });
  }
  azure.control.putGroup({ name: 'g', location: 'westeurope' });
  const group = `/subscriptions/${mainSubscription(azure.state)}/resourceGroups/g`;
  const tokens = [arm, 'https://vault.localhost'].map((audience) => azure.issueToken(azure.principals.owner, audience));
  const request: World['request'] = (method, url, body) =>
    new Request(url, {
      method,
      headers: {
        authorization: `Bearer ${url.startsWith(arm) ? tokens[0] : tokens[1]}`,
        'content-type': 'application/json',
        'x-ms-client-request-id': '5d0a1c9e-6c1a-4f0e-8a55-0b9d3f6f2a11',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const world = { azure, group, vaultId: vaultIdIn(group, 1), request };
  for (let number = 1; number <= devices; number += 1) await settle(world, number);
  return world;
};

const vaultIdIn = (group: string, number: number): string =>
  `${group}/providers/Microsoft.KeyVault/vaults/edge-${number}-vault`;

/** A device with its vault, secrets, account, locks and setting. */
const settle = async ({ azure, group, request }: World, number: number): Promise<void> => {
  const put = async (url: string, body: unknown): Promise<void> => {
    const answer = await azure.fetch(request('PUT', url, body));
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  };
  const location = 'westeurope';
  const vault = `${arm}${vaultIdIn(group, number)}`;
  const accountId = `${group}/providers/Microsoft.Storage/storageAccounts/edge${number}audit`;
  const lock = 'providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01';
  const locked = { properties: { level: 'CanNotDelete', notes: 'Holds the keys of a device.' } };
  await put(`${arm}${group}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/edge-${number}?api-version=2021-06-01`, {
    location,
    sku: { name: 'EdgeP_Base' },
    identity: { type: 'SystemAssigned' },
  });
  await put(`${vault}?api-version=2026-02-01`, vaultBody(azure));
  await put(`${arm}${accountId}?api-version=2025-08-01`, {
    location,
    sku: { name: 'Standard_ZRS' },
    kind: 'StorageV2',
  });
  await put(`${vault}/${lock}`, locked);
  await put(`${arm}${accountId}/${lock}`, locked);
  await put(`${vault}/providers/Microsoft.Insights/diagnosticSettings/audit?api-version=2021-05-01-preview`, {
    properties: { storageAccountId: accountId, logs: [{ category: 'AuditEvent', enabled: true }] },
  });
  for (const secret of ['ase-cik', 'ase-activation-key', 'bmc']) {
    await put(`https://edge-${number}-vault.vault.localhost/secrets/${secret}?api-version=7.6`, {
      value: 'x'.repeat(128),
    });
  }
};

const vaultBody = ({ state, principals }: LocalAzure): object => ({
  location: 'westeurope',
  properties: {
    tenantId: state.tenantId,
    sku: { family: 'A', name: 'standard' },
    enableRbacAuthorization: false,
    accessPolicies: Object.values(principals).map(({ objectId }) => ({
      tenantId: state.tenantId,
      objectId,
      permissions: { secrets: ['get', 'set', 'list'] },
    })),
  },
});
