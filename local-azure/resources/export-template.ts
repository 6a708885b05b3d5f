import { json } from '../arm/answers.ts';
import type { ArmCall, Provider, TrackedResource } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { trackedResources } from '../arm/scope.ts';
import { fold } from '../arm/path.ts';
import { textsIn } from '../json.ts';
import { findGroup, groupNotFound } from './group-store.ts';

/** Frame and empty lists as recorded for an empty group. Resources are told without their properties: assumed. */
const exportTemplate = (call: ArmCall): Response => {
  const { state, target, providers } = call;
  if (!findGroup(state, target.id)) throw groupNotFound(target.names[1] ?? '');
  const wanted = textsIn(call.body, 'resources').map(fold);
  const exported = trackedResources(call).filter(
    ({ id }) => isAtOrBelow(id, target.id) && (wanted.includes('*') || wanted.includes(fold(id))),
  );
  const versionOf = ({ type }: TrackedResource): string =>
    providers.find(({ namespace }) => type.startsWith(`${namespace}/`))?.apiVersions[0] ?? '';
  return json(200, {
    template: {
      $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
      contentVersion: '1.0.0.0',
      parameters: Object.fromEntries(
        exported.map((resource) => [parameterOf(resource), { defaultValue: resource.name, type: 'String' }]),
      ),
      variables: {},
      resources: exported.map((resource) => ({
        type: resource.type,
        apiVersion: versionOf(resource),
        name: `[parameters('${parameterOf(resource)}')]`,
        location: resource.location,
        tags: resource.tags,
        properties: {},
      })),
    },
  });
};

/** `vaults_kv_one_name` */
const parameterOf = ({ type, name }: TrackedResource): string =>
  `${type.split('/').slice(1).join('_')}_${name.replaceAll(/\W/g, '_')}_name`;

export const exportRoutes: Provider['routes'] = {
  'POST tenant/subscriptions/{}/resourceGroups/{}/exportTemplate': { run: exportTemplate, effect: 'read' },
};
