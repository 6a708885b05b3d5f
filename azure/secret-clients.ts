/**
 * One client of secrets for each vault and process. A new client asks each vault anew which token it takes, by a request that
 * the vault refuses with 401 and writes into its audit log as nobody's.
 */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

/** More vaults than a worker uses at once; about 20 kB each. The client that was used longest ago is dropped first. */
export const mostClients = 500;

type Options = NonNullable<ConstructorParameters<typeof SecretClient>[2]>;

/** A vault, and when it was created, where that is known: another one may have its name by now. */
export type VaultOfSecrets = { uri: string; createdAt?: string };

/**
 * Opens clients, and keeps them. A vault that was deleted and made again under its name is another one: its client begins with
 * the question for a token, and sends no secret before.
 */
export const keepSecretClients = (credential: TokenCredential, options: Options) => {
  const clients = new Map<string, SecretClient>();
  return ({ uri, createdAt = '' }: VaultOfSecrets): SecretClient => {
    const vault = `${new URL(uri).origin} ${createdAt}`;
    const client =
      clients.get(vault) ?? openClient(credential, uri, options, (refused) => forget(clients, vault, refused));
    clients.delete(vault);
    clients.set(vault, client);
    const [oldest = vault] = clients.keys();
    if (clients.size > mostClients) clients.delete(oldest);
    return client;
  };
};

/** Another one may have taken its place. */
const forget = (clients: Map<string, SecretClient>, vault: string, client: SecretClient): void => {
  if (clients.get(vault) === client) clients.delete(vault);
};

const openClient = (
  credential: TokenCredential,
  vaultUri: string,
  options: Options,
  onRefused: (client: SecretClient) => void,
): SecretClient => {
  const introduced = { policy: introductionPolicy(() => onRefused(client)), position: 'perCall' as const };
  const additionalPolicies = [...(options.additionalPolicies ?? []), introduced];
  const client = new SecretClient(vaultUri, credential, { ...options, additionalPolicies });
  return client;
};

/** Longest that a call waits for another one to learn which token the vault takes, in milliseconds: that one may hang. */
const longestWait = 1000;

/**
 * Requests that are sent before the vault has said which token it takes would all be sent without one: the first goes alone,
 * and the others wait for it. A client whose token is refused has learnt something that is not true any more, such as the
 * tenant of the vault, or holds a token that was taken back.
 */
const introductionPolicy = (onRefused: () => void): PipelinePolicy => {
  let isKnown = false;
  let first: Promise<void> | undefined;
  const firstIsOver = (): void => void (first = undefined);
  const send: PipelinePolicy['sendRequest'] = async (request, next) => {
    const response = await next(request);
    if (response.status === 401) onRefused();
    else if (request.headers.has('authorization')) isKnown = true;
    return response;
  };
  return {
    name: 'aseIntroduction',
    sendRequest: async (request, next) => {
      if (!isKnown && first) await atMost(longestWait, first);
      const sent = send(request, next);
      if (!isKnown) first ??= sent.then(firstIsOver, firstIsOver);
      return sent;
    },
  };
};

const atMost = async (milliseconds: number, awaited: Promise<void>): Promise<void> => {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([awaited, over]);
  clearTimeout(timer);
};
