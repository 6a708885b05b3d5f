/** The looks of a posture into a vault: names, dates and versions of secrets, never values. */
import type { SecretProperties } from '@azure/keyvault-secrets';
import { isSecretDeleted } from '../azure/read.ts';
import type { Secrets } from '../azure/clients.ts';
import { holdsAtLeast, workerPermissions } from '../domain/access.ts';
import { failureEntry } from '../domain/failures.ts';
import { activationKeySecretName } from '../domain/names.ts';
import type { DeviceFacts, PostureFindings, SecretFacts, VaultFacts } from '../domain/posture-findings.ts';
import type { SecretVersion } from '../domain/secrets.ts';
import { isUnseen, type Sighting } from '../domain/sighting.ts';
import { readVersions } from './secret-versions.ts';
import { isTransient, sight } from './sight.ts';

type SecretFindings = Pick<PostureFindings, 'secrets' | 'activationKeys' | 'channelIntegrityKeys'>;

type VaultInput = { device: DeviceFacts; vault: VaultFacts; worker: string; cikName: string | undefined };

export const readSecrets = async (client: Secrets, input: VaultInput): Promise<SecretFindings> => {
  const look = dataLook(input);
  const [secrets, activationKeys, channelIntegrityKeys] = await Promise.all([
    look(() => listSecrets(client)),
    look(async () => (await readVersions(client, activationKeySecretName)).versions),
    readCik(look, client, input.cikName),
  ]);
  return { secrets, activationKeys, channelIntegrityKeys };
};

type Look = <T>(read: () => Promise<T>) => Promise<Sighting<T>>;

/** Where the worker holds its rights, a refusal only means that they were granted a moment ago. */
const dataLook = ({ device: { tenantId = '' }, vault, worker: objectId }: VaultInput): Look => {
  const { usesRbac, accessPolicies } = vault;
  const granted = !usesRbac && holdsAtLeast(accessPolicies, { tenantId, objectId, secrets: workerPermissions });
  return (read) => sight(read, (type) => isTransient(type) || (granted && failureEntry(type).class === 'propagating'));
};

/** A vault can be used for other secrets too: more than these would be too much for an answer. */
const mostSecrets = 1000;

const listSecrets = async (client: Secrets): Promise<SecretFacts[]> => {
  const listed: SecretFacts[] = [];
  for await (const properties of client.listPropertiesOfSecrets()) {
    listed.push(secretFactsOf(properties));
    if (listed.length === mostSecrets) break;
  }
  return listed;
};

const secretFactsOf = ({ name, enabled, createdOn, expiresOn }: SecretProperties): SecretFacts => ({
  name,
  enabled: enabled === true,
  createdOn: createdOn?.getTime() ?? 0,
  ...(expiresOn ? { expiresOn: expiresOn.getTime() } : {}),
});

const readCik = async (
  look: Look,
  client: Secrets,
  name: string | undefined,
): Promise<PostureFindings['channelIntegrityKeys']> => {
  if (name === undefined) return 'absent';
  const found = await look(async (): Promise<readonly SecretVersion[] | 'deleted' | undefined> => {
    const { versions } = await readVersions(client, name);
    if (versions.length > 0) return versions;
    return (await isSecretDeleted(client, name)) ? 'deleted' : undefined;
  });
  if (found === 'absent' || isUnseen(found)) return found;
  return found.found === undefined ? 'absent' : { found: found.found };
};
