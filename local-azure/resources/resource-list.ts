import { conditionsOf, type Condition } from '../arm/filter.ts';
import { normalLocation } from '../arm/locations.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Provider, TrackedResource } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { trackedResources } from '../arm/scope.ts';
import { tagsMatch } from './tag-filter.ts';

/** What a resource can be found by; a value as Azure compares it. */
const fields: Readonly<Record<string, (resource: TrackedResource) => string>> = {
  resourcetype: ({ type }) => type,
  name: ({ name }) => name,
  location: ({ location }) => location,
  resourcegroup: ({ id }) => id.split('/')[4] ?? '',
};

/** The tracked resources of all providers, narrowed by the filters that clients send. */
const listResources = (call: ArmCall): Response => {
  const { target, query } = call;
  const conditions = conditionsOf(query.get('$filter'), [...Object.keys(fields), 'tagname', 'tagvalue']);
  const found = trackedResources(call).filter(
    (resource) =>
      isAtOrBelow(resource.id, target.id) &&
      tagsMatch(resource.tags, conditions) &&
      conditions.every((condition) => holds(condition, resource)),
  );
  return page(call, found);
};

const holds = ({ field, equal, value }: Condition, resource: TrackedResource): boolean => {
  const read = fields[field];
  if (!read) return true;
  const wanted = field === 'location' ? normalLocation(value) : fold(value);
  return (fold(read(resource)) === wanted) === equal;
};

export const resourceListRoutes: Provider['routes'] = {
  'GET tenant/subscriptions/{}/resources': {
    run: listResources,
    action: 'Microsoft.Resources/subscriptions/resources/read',
  },
  'GET tenant/subscriptions/{}/resourceGroups/{}/resources': {
    run: listResources,
    action: 'Microsoft.Resources/subscriptions/resourceGroups/resources/read',
  },
};
