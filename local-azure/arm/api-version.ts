import { refuseAtGateway } from './answers.ts';
import { fold, type ArmTarget } from './path.ts';
import type { KnownRoute } from './provider.ts';

/** The api-version of the request, which must be one that the resource provider knows, unless Azure wrote the address. */
export const assertApiVersion = (query: URLSearchParams, target: ArmTarget, route: KnownRoute | undefined): string => {
  const version = versionIn(query);
  if (version === '') {
    throw refuseAtGateway(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  if (!route || route.poll || route.provider.apiVersions.includes(version)) return version;
  const supported = route.provider.apiVersions.join(', ');
  throw target.namespace === 'microsoft.resources'
    ? refuseAtGateway(
        400,
        'InvalidApiVersionParameter',
        `The api-version '${version}' is invalid. The supported versions are '${supported}'.`,
      )
    : refuseAtGateway(
        400,
        'NoRegisteredProviderFound',
        `No registered resource provider found for API version '${version}' for type '${route.type}'. ` +
          `The supported api-versions are '${supported}'.`,
      );
};

/** Azure Resource Manager does not mind the case of the parameter's name (assumed from its handling of paths). */
const versionIn = (query: URLSearchParams): string =>
  [...query].find(([name]) => fold(name) === 'api-version')?.[1] ?? '';
