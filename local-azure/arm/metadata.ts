import { json } from './answers.ts';
import type { Exchange } from './provider.ts';

/** `/metadata/endpoints`, open to all: an object in the newer api-versions, a list of clouds in the older ones (tried). */
export const answerMetadata = (exchange: Exchange): Response => {
  const version = exchange.url.searchParams.get('api-version') ?? '';
  return json(200, version >= '2022-09-01' ? cloud(exchange) : [cloud(exchange)]);
};

const cloud = ({ endpoints, state }: Exchange): object => ({
  name: endpoints.name,
  portal: `${endpoints.arm}/`,
  authentication: {
    loginEndpoint: endpoints.login,
    audiences: [`${endpoints.arm}/`, endpoints.arm],
    tenant: state.tenantId,
    identityProvider: 'AAD',
  },
  resourceManager: `${endpoints.arm}/`,
  graph: `${endpoints.graph}/`,
  graphAudience: `${endpoints.graph}/`,
  microsoftGraphResourceId: `${endpoints.graph}/`,
  activeDirectoryDataLake: `${endpoints.arm}/`,
  media: `${endpoints.arm}/`,
  batch: `${endpoints.arm}/`,
  suffixes: endpoints.suffixes,
});
