import { text } from 'node:stream/consumers';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

/** A record of the audit log, as far as the tests look at it. */
export type AuditRecord = {
  time: string;
  resourceId: string;
  operationName: string;
  operationVersion: string;
  category: string;
  resultType: string;
  resultSignature: string;
  resultDescription: string;
  durationMs: string;
  callerIpAddress: string;
  correlationId: string;
  identity: { claim?: Record<string, string> };
  properties: { id: string; clientInfo: string; requestUri: string; httpStatusCode: number };
};

export const container = 'insights-logs-auditevent';
export const auditDelay = 2_000;

export const accountId = ({ group }: Pick<Tenant, 'group'>, name = 'logs1'): string =>
  `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;

export const settingPath = (tenant: Tenant, vault = 'kv-one', name = 'Audit'): string =>
  `${tenant.vaultId(vault)}/providers/Microsoft.Insights/diagnosticSettings/${name}`;

/**
 * A vault `kv-one` with a policy for the worker, an account `logs1`, and a setting that sends the one's log to the other;
 * the reader holds the role for reading blobs.
 */
export const auditedTenant = async (auditRecord = auditDelay): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0, storageAccount: 0, auditRecord } });
  const { azure, as } = tenant;
  const policy = { objectId: azure.principals.worker.objectId, secrets: ['get', 'set', 'list'] };
  await as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant, policy)).submitted();
  await putAccount(tenant, 'logs1');
  await sendLogsTo(tenant, accountId(tenant));
  azure.control.assignRole({ principal: 'reader', role: 'Storage Blob Data Reader' });
  return tenant;
};

export const putAccount = async ({ as }: Tenant, name: string): Promise<void> => {
  await as('owner')
    .storage.storageAccounts.create('g', name, {
      location: 'westeurope',
      sku: { name: 'Standard_LRS' },
      kind: 'StorageV2',
    })
    .submitted();
};

export const sendLogsTo = async (tenant: Tenant, storageAccountId: string, name = 'Audit'): Promise<void> => {
  await tenant.as('owner').monitor.diagnosticSettings.createOrUpdate(tenant.vaultId('kv-one'), name, {
    storageAccountId,
    logs: [{ category: 'AuditEvent', enabled: true }],
  });
};

/** The names of the blobs that hold the log. */
export const blobNames = async ({ as }: Tenant, account = 'logs1'): Promise<string[]> =>
  (await Array.fromAsync(as('reader').blobs(account).getContainerClient(container).listBlobsFlat())).map(
    ({ name }) => name,
  );

/** All records that can be read now, read as somebody with the role for it would. */
export const recordsIn = async (tenant: Tenant, account = 'logs1'): Promise<AuditRecord[]> => {
  const client = tenant.as('reader').blobs(account).getContainerClient(container);
  if (!(await client.exists())) return [];
  const records: AuditRecord[] = [];
  for (const name of await blobNames(tenant, account)) {
    const { readableStreamBody } = await client.getBlobClient(name).download();
    if (!readableStreamBody) throw new Error('The blob has no content.');
    const lines = (await text(readableStreamBody)).split('\n').slice(0, -1);
    records.push(...lines.map((line) => JSON.parse(line) as AuditRecord));
  }
  return records;
};

/** Lets the records of all calls so far be written, and reads them. */
export const allRecords = async (tenant: Tenant): Promise<AuditRecord[]> => {
  tenant.wait(auditDelay);
  return await recordsIn(tenant);
};
