import type { SecretProperties } from '@azure/keyvault-secrets';
import type { Secrets } from '../azure/clients.ts';
import { observe } from '../azure/observe.ts';
import type { SecretVersion } from '../domain/secrets.ts';

/** All versions of a secret without their values, and the time by the vault's own clock (ms). */
export const readVersions = async (
  secrets: Secrets,
  name: string,
): Promise<{ versions: SecretVersion[]; now: number }> => {
  const { observed, onResponse } = observe();
  const listed = await Array.fromAsync(secrets.listPropertiesOfSecretVersions(name, { onResponse }));
  if (observed.date === undefined) throw new Error('the vault answered without the header Date');
  return { versions: listed.map(versionOf), now: observed.date };
};

const versionOf = ({ version, enabled, createdOn, expiresOn, tags }: SecretProperties): SecretVersion => ({
  version: version ?? '',
  enabled: enabled === true,
  createdOn: createdOn?.getTime() ?? 0,
  tags: tags ?? {},
  ...(expiresOn ? { expiresOn: expiresOn.getTime() } : {}),
});

export const disableVersions = async (
  secrets: Secrets,
  name: string,
  versions: readonly SecretVersion[],
): Promise<void> => {
  for (const { version } of versions) await secrets.updateSecretProperties(name, version, { enabled: false });
};
