/** The product's own Azure clients, answered by whatever a test says instead of a network. */
import { createAzure, type Azure } from '../../azure/clients.ts';
import type { Cloud } from '../../azure/cloud.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';

export const publicCloud: Cloud = {
  armEndpoint: 'https://management.azure.com',
  armScope: 'https://management.azure.com/.default',
  authorityHost: 'https://login.microsoftonline.com',
  keyVaultSuffix: 'vault.azure.net',
  storageSuffix: 'core.windows.net',
};

export const subscriptionId = '11111111-2222-3333-4444-555555555555';
export const token = 'a-token-that-nobody-may-see';

export const azureAnswering = (handle: FetchHandler): Azure =>
  createAzure({
    cloud: publicCloud,
    credential: { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    signal: () => new AbortController().signal,
    httpClient: inProcess(handle),
  });

/** A refusal as Azure writes it. */
export const refusal = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** What a call rejects with. */
export const errorOf = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call was expected to fail');
};
