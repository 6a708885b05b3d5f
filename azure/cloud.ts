import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline';
import { localhostPolicy } from './pipeline.ts';

/** One Azure cloud: public, government, China or a local one; all of it comes from its ARM endpoint. */
export type Cloud = {
  /** `https://management.azure.com`, without a slash at the end. */
  armEndpoint: string;
  /** What a token for ARM is asked for. */
  armScope: string;
  /** Origin of the token service, `https://login.microsoftonline.com`. */
  authorityHost: string;
  /** `vault.azure.net`, with a port where the cloud has one. */
  keyVaultSuffix: string;
  /** `core.windows.net`, likewise. */
  storageSuffix: string;
};

type Metadata = {
  authentication?: { loginEndpoint?: string; audiences?: string[] };
  suffixes?: { keyVaultDns?: string; storage?: string };
};

const metadataPath = '/metadata/endpoints?api-version=2022-09-01';

/** Reads the cloud's own description of itself, which needs no token. @throws Error when it cannot be read or is incomplete */
export const discoverCloud = async (
  armEndpoint: string,
  httpClient: HttpClient = createDefaultHttpClient(),
): Promise<Cloud> => {
  const origin = new URL(armEndpoint).origin;
  const url = `${origin}${metadataPath}`;
  const request = createPipelineRequest({
    url,
    headers: createHttpHeaders({ accept: 'application/json' }),
    timeout: 10_000,
  });
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(localhostPolicy());
  const { status, bodyAsText } = await pipeline.sendRequest(httpClient, request);
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  const { authentication, suffixes } = JSON.parse(bodyAsText ?? '{}') as Metadata;
  const [audience] = authentication?.audiences ?? [];
  if (!authentication?.loginEndpoint || !audience || !suffixes?.keyVaultDns || !suffixes.storage) {
    throw new Error(`${url} names no login endpoint, audience, or suffix of Key Vault or Storage`);
  }
  return {
    armEndpoint: origin,
    armScope: `${audience.replace(/\/$/, '')}/.default`,
    authorityHost: new URL(authentication.loginEndpoint).origin,
    keyVaultSuffix: suffixes.keyVaultDns.replace(/^\./, ''),
    storageSuffix: suffixes.storage.replace(/^\./, ''),
  };
};

/** What is wrong with a token service that was configured beside the cloud, or undefined. */
export const authorityMismatch = (
  { armEndpoint, authorityHost }: Cloud,
  configured: string | undefined,
): string | undefined =>
  configured === undefined || configured === authorityHost
    ? undefined
    : `AZURE_AUTHORITY_HOST is ${configured}, but ${armEndpoint} belongs to ${authorityHost}`;

/** Whether a URL belongs to the cloud, so that it may be sent a token. A link inside an answer of Azure may be poisoned. */
export const belongsTo = ({ armEndpoint, keyVaultSuffix, storageSuffix }: Cloud, url: string): boolean => {
  const { protocol, origin, host } = new URL(url);
  const isData = [keyVaultSuffix, `blob.${storageSuffix}`].some((suffix) => host.endsWith(`.${suffix}`));
  return protocol === 'https:' && (origin === armEndpoint || isData);
};

/** Refuses to send a token anywhere but to the cloud it is for. */
export const originPolicy = (cloud: Cloud): PipelinePolicy => ({
  name: 'aseOrigin',
  sendRequest: (request, next) => {
    if (!belongsTo(cloud, request.url)) {
      throw new Error(`refused to send a request to ${new URL(request.url).host}, which is not part of this cloud`);
    }
    return next(request);
  },
});
