/** What of the state belongs to Data Box Edge. */
import type { JsonObject } from '../json.ts';

export type KeyVaultSyncStatus =
  | 'KeyVaultNotConfigured'
  | 'KeyVaultNotSynced'
  | 'KeyVaultSyncPending'
  | 'KeyVaultSyncing'
  | 'KeyVaultSynced'
  | 'KeyVaultSyncFailed';

/** The vault and the channel integrity key that the device's record names: what `updateExtendedInformation` may set. */
export type VaultLink = {
  clientSecretStoreId?: string;
  clientSecretStoreUrl?: string;
  channelIntegrityKeyName?: string;
  channelIntegrityKeyVersion?: string;
};

/** What a device tells of itself once it is activated. */
export type Activation = {
  serialNumber: string;
  friendlyName: string;
  deviceSoftwareVersion: string;
  /** Of its only node. */
  nodeInstanceId: string;
};

/** A Data Box Edge resource and all that its service remembers of it. Times are milliseconds. */
export type EdgeDevice = {
  id: string;
  name: string;
  resourceGroup: string;
  location: string;
  tags: Record<string, string>;
  sku: { name: string; tier: string };
  changedAt: number;
  /** Object id of its system-assigned identity. */
  principalId?: string;
  /** Nineteen digits, the same for the resource's whole life; `resourceId` and `resourceKey` on the wire. */
  resourceKey: string;
  registration: { registrationId: string; subscriptionId: string; id?: string };
  /** The service's own directory entry for the device: not in the customer's tenant (recorded). */
  servicePrincipal: { tenantId: string; clientId: string; objectId: string };
  /** SHA-1 thumbprints of uploaded certificates, the latest last. */
  uploadedThumbprints: string[];
  link: VaultLink;
  syncStatus: KeyVaultSyncStatus;
  /** Made when a channel integrity key is linked that the service can read. */
  encryption?: { certificate: string; thumbprint: string; sealed: string };
  activation?: Activation;
  /** Where each secret that the device pushed lies: `secrets/NAME/VERSION`, by documented name. */
  deviceSecrets: Record<string, string>;
  /** All of its life, in the order in which they began: its children are what these have left. */
  operations: DeviceOperation[];
  /** While it is being deleted: when that ends. */
  goneAt?: number;
};

export type JobType = 'ScanForUpdates' | 'DownloadUpdates' | 'InstallUpdates';

export type Work =
  | { does: 'put'; type: string; name: string; properties: JsonObject }
  | { does: 'delete'; type: string; name: string }
  | { does: 'job'; jobType: JobType }
  | { does: 'update security settings' };

/** Something that takes a device its time. It takes effect when it ends. Times are milliseconds. */
export type DeviceOperation = { id: string; startedAt: number; endsAt: number; work: Work };

export type DataBoxEdgeState = {
  /** By folded resource id. */
  devices: Record<string, EdgeDevice>;
  /** The operations that delete devices; each is remembered when its device is gone. */
  deletions: { operation: string; endsAt: number }[];
};
