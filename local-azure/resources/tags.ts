import { empty, json, refuseAtGateway, resourceNotFound } from '../arm/answers.ts';
import { fold, parseArmPath } from '../arm/path.ts';
import type { ArmCall, Handler, Provider } from '../arm/provider.ts';
import { extendedResource } from '../arm/scope.ts';
import { mergedTags, sentTags, withoutTags, type Tags } from '../arm/tags.ts';
import { objectIn, tagsIn, textIn } from '../json.ts';
import { findGroup } from './group-store.ts';

/** The tags of the subscription, the group or the resource that the path names. */
const tagsAt = (call: ArmCall): Tags => {
  const { state, target } = call;
  const [name = ''] = target.names;
  if (fold(name) !== 'default') throw resourceNotFound('Microsoft.Resources/tags', name, target.resourceGroup);
  if (target.scopeKind === 'subscription') return state.subscriptions[fold(target.subscriptionId ?? '')]?.tags ?? {};
  if (target.scopeKind === 'group') return findGroup(state, target.scope)?.tags ?? {};
  const resource = extendedResource(call);
  if (resource && fold(resource.id) === fold(target.scope)) return resource.tags;
  throw notSupported(target.scope);
};

const notSupported = (scope: string): Error =>
  refuseAtGateway(400, 'TagsNotSupported', `The scope '${scope}' does not support tags.`);

/**
 * Writes the tags as a PATCH of the resource itself would, with all its rules: its provider is asked, and one that takes
 * its time answers 202 (recorded). A subscription has no PATCH.
 */
const write = async (call: ArmCall, tags: Tags, done: (call: ArmCall) => Response): Promise<Response> => {
  const { state, target, routes, settings } = call;
  if (target.scopeKind === 'subscription') {
    const subscription = state.subscriptions[fold(target.subscriptionId ?? '')];
    if (subscription) subscription.tags = tags;
    return done(call);
  }
  const owner = parseArmPath(target.scope);
  const route = owner && routes.find('PATCH', owner);
  if (!route) throw notSupported(target.scope);
  const { provider } = route;
  const patch: ArmCall = { ...call, target: owner, apiVersion: provider.apiVersions[0] ?? '', body: { tags } };
  if (settings.throttling) provider.throttle?.(patch);
  const answered = await route.run(patch);
  return answered.status === 200 ? done(call) : answered;
};

/** GET, PUT and PATCH answer alike (recorded). The id is as it was spelt (assumed). */
const show = (call: ArmCall): Response =>
  json(200, {
    id: call.target.id,
    name: 'default',
    type: 'Microsoft.Resources/tags',
    properties: { tags: tagsAt(call) },
  });

const replace: Handler = (call) => {
  tagsAt(call);
  return write(call, sentTags(objectIn(call.body, 'properties')), show);
};

/** What each operation makes of the tags that are there and those that are sent (recorded). */
const operations: Readonly<Record<string, (present: Tags, sent: Tags) => Tags>> = {
  merge: mergedTags,
  replace: (_present, sent) => mergedTags({}, sent),
  delete: withoutTags,
};

const update: Handler = (call) => {
  const present = tagsAt(call);
  const operation = textIn(call.body, 'operation') ?? '';
  const operate = operations[fold(operation)];
  if (operate) return write(call, operate(present, tagsIn(objectIn(call.body, 'properties'))), show);
  throw refuseAtGateway(
    400,
    'InvalidTagsPatchOperation',
    `The operation '${operation}' is invalid. The supported operations are 'Replace,Merge,Delete'.`,
  );
};

const remove: Handler = (call) => {
  tagsAt(call);
  return write(call, {}, () => empty(200));
};

/** On whatever has tags. The right for it is the scope's own, and not that to write the resource (documented). */
export const tagRoutes: Provider['routes'] = {
  'GET any/tags/{}': show,
  'PUT any/tags/{}': replace,
  'PATCH any/tags/{}': update,
  'DELETE any/tags/{}': remove,
};
