import assert from 'node:assert/strict';
import type { DeviceId } from '../../domain/device.ts';
import { deviceHash } from '../../domain/names.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { GenerateActivationKeyResult } from '../../workflows/generate-activation-key.ts';
import { assertActivatable } from '../harness/invariants.ts';

/** One vault, one audit account, one version of the channel integrity key at all, one enabled activation key. */
export const assertOneOfEach = (azure: LocalAzure, device: DeviceId, result: GenerateActivationKeyResult): void => {
  assertActivatable(azure, device, result);
  const ours = ({ tags }: { tags: Record<string, string> }): boolean => tags['ase-device-hash'] === deviceHash(device);
  const { vaults, storageAccounts } = azure.state;
  const [vault, ...otherVaults] = Object.values(vaults).filter(ours);
  assert.equal(otherVaults.length, 0);
  assert.equal(Object.values(storageAccounts).filter(ours).length, 1);
  const { name } = result.channelIntegrityKey;
  assert.equal(vault?.secrets[name]?.versions.length, 1, 'one version of the channel integrity key, enabled or not');
  const keys = vault?.secrets['ase-activation-key']?.versions ?? [];
  assert.equal(keys.filter(({ attributes }) => attributes.enabled).length, 1);
};
