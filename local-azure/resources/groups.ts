import { empty, json, refuseAtGateway } from '../arm/answers.ts';
import { conditionsOf } from '../arm/filter.ts';
import { locationOf } from '../arm/locations.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Provider } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { sentTags } from '../arm/tags.ts';
import { isObject, parseJson, textIn } from '../json.ts';
import { retryAfter } from '../settings.ts';
import type { ResourceGroup } from '../state.ts';
import { assertGroupName } from './group-name.ts';
import { findGroup, groupBeingDeleted, groupNotFound } from './group-store.ts';
import { tagsMatch } from './tag-filter.ts';

const body = ({ id, name, location, tags, managedBy, goneAt }: ResourceGroup): object => ({
  id,
  name,
  type: 'Microsoft.Resources/resourceGroups',
  location,
  ...(managedBy === undefined ? {} : { managedBy }),
  ...(tags === undefined ? {} : { tags }),
  properties: { provisioningState: goneAt === undefined ? 'Succeeded' : 'Deleting' },
});

const keyOf = ({ target }: ArmCall): string => fold(target.id);

const find = (call: ArmCall): ResourceGroup | undefined => findGroup(call.state, call.target.id);

const existing = (call: ArmCall): ResourceGroup => {
  assertGroupName(call.target.names[1] ?? '');
  const group = find(call);
  if (group) return group;
  throw groupNotFound(call.target.names[1] ?? '');
};

const createOrUpdate = (call: ArmCall): Response => {
  const { state, target, body: sent } = call;
  const [subscriptionId = '', name = ''] = target.names;
  assertGroupName(name);
  const location = locationOf(sent, target);
  const group = find(call);
  if (group?.goneAt !== undefined) throw groupBeingDeleted(name);
  if (group && group.location !== location) throw locationTaken(group, location);
  const managedBy = textIn(sent, 'managedBy');
  const kept: ResourceGroup = {
    id: group?.id ?? `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
    name: group?.name ?? name,
    location,
    ...(isObject(sent['tags']) ? { tags: sentTags(sent) } : {}),
    ...(managedBy === undefined ? {} : { managedBy }),
  };
  state.groups[keyOf(call)] = kept;
  return json(group ? 200 : 201, body(kept));
};

const update = (call: ArmCall): Response => {
  const group = existing(call);
  const managedBy = textIn(call.body, 'managedBy');
  if (isObject(call.body['tags'])) group.tags = sentTags(call.body);
  if (managedBy !== undefined) group.managedBy = managedBy;
  return json(200, body(group));
};

const show = (call: ArmCall): Response => json(200, body(existing(call)));

const exists = (call: ArmCall): Response => empty(find(call) ? 204 : 404);

const list = (call: ArmCall): Response => {
  const { state, target, query } = call;
  const conditions = conditionsOf(query.get('$filter'), ['tagname', 'tagvalue']);
  const groups = Object.values(state.groups).filter(
    ({ id, tags }) => isAtOrBelow(id, target.id) && tagsMatch(tags, conditions),
  );
  return page(call, groups.map(body));
};

/** Takes the group's content with it at once, and itself a while later: 202 and an operation to poll (recorded). */
const remove = (call: ArmCall): Response => {
  const { state, now, settings, providers } = call;
  const group = existing(call);
  group.goneAt ??= now + settings.deletion;
  for (const provider of providers) provider.forgetGroup?.(state, keyOf(call), now, call);
  return pollAgain(call, `/subscriptions/${call.target.names[0] ?? ''}/operationresults/${jobOf(group)}`);
};

const showDeletion = (call: ArmCall): Response => {
  const [subscriptionId = '', job = ''] = call.target.names;
  const group = findGroup(call.state, groupOf(job));
  if (group?.goneAt === undefined) return empty(200);
  return pollAgain(call, `/subscriptions/${subscriptionId}/operationresults/${jobOf(group)}`);
};

const pollAgain = ({ endpoints, apiVersion, settings }: ArmCall, path: string): Response =>
  empty(202, { location: `${endpoints.arm}${path}?api-version=${apiVersion}`, 'retry-after': retryAfter(settings) });

/** The operation's id holds the group, as Azure's does. */
const jobOf = ({ id }: ResourceGroup): string => Buffer.from(JSON.stringify({ jobId: fold(id) })).toString('base64url');

const groupOf = (job: string): string => {
  const said = parseJson(Buffer.from(job, 'base64url').toString('utf8'));
  const id = isObject(said) ? textIn(said, 'jobId') : undefined;
  if (id !== undefined) return id;
  throw refuseAtGateway(404, 'NotFound', `The operation '${job}' could not be found.`);
};

const locationTaken = ({ name, location }: ResourceGroup, wanted: string): Error =>
  refuseAtGateway(
    409,
    'InvalidResourceGroupLocation',
    `Invalid resource group location '${wanted}'. The Resource group '${name}' already exists in location '${location}'.`,
  );

export const groupRoutes: Provider['routes'] = {
  'PUT tenant/subscriptions/{}/resourceGroups/{}': createOrUpdate,
  'PATCH tenant/subscriptions/{}/resourceGroups/{}': update,
  'GET tenant/subscriptions/{}/resourceGroups/{}': show,
  'HEAD tenant/subscriptions/{}/resourceGroups/{}': exists,
  'DELETE tenant/subscriptions/{}/resourceGroups/{}': remove,
  'GET tenant/subscriptions/{}/resourceGroups': list,
  'GET tenant/subscriptions/{}/operationresults/{}': { run: showDeletion, poll: true },
};
