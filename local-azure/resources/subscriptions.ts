import { json } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Provider, TrackedResource } from '../arm/provider.ts';
import { isAtOrBelow, mayDo } from '../arm/rights.ts';
import { trackedResources } from '../arm/scope.ts';
import type { State, Subscription } from '../state.ts';

const body = (state: State, { id, displayName }: Subscription): object => ({
  id: `/subscriptions/${id}`,
  subscriptionId: id,
  tenantId: state.tenantId,
  displayName,
  state: 'Enabled',
  managedByTenants: [],
  authorizationSource: 'RoleBased',
  subscriptionPolicies: {
    locationPlacementId: 'Public_2014-09-01',
    quotaId: 'EnterpriseAgreement_2014-09-01',
    spendingLimit: 'Off',
  },
});

/** Only those on which the caller holds a role that lets it look. */
const list = (call: ArmCall): Response => {
  const { state, caller } = call;
  const visible = Object.values(state.subscriptions).filter(({ id }) =>
    mayDo(state, caller.objectId, 'Microsoft.Resources/subscriptions/read', `/subscriptions/${id}`),
  );
  return page(
    call,
    visible.map((subscription) => body(state, subscription)),
  );
};

const show = ({ state, target }: ArmCall): Response => {
  const subscription = state.subscriptions[fold(target.names[0] ?? '')];
  return json(200, subscription && body(state, subscription));
};

/** The tracked resources of all providers, narrowed by the filters that clients send. */
const listResources = (call: ArmCall): Response => {
  const { target, query } = call;
  const matches = matcherFor(query.get('$filter') ?? '');
  const found = trackedResources(call).filter((resource) => isAtOrBelow(resource.id, target.id) && matches(resource));
  return page(call, found);
};

/** `resourceType eq 'X' and name eq 'Y'`: what the Azure CLI asks for. */
const matcherFor = (filter: string): ((resource: TrackedResource) => boolean) => {
  const valueOf = (field: string): string | undefined => new RegExp(`\\b${field} eq '([^']*)'`, 'i').exec(filter)?.[1];
  const [type, name] = [valueOf('resourceType'), valueOf('name')];
  return (resource) =>
    (type === undefined || fold(resource.type) === fold(type)) &&
    (name === undefined || fold(resource.name) === fold(name));
};

export const subscriptionRoutes: Provider['routes'] = {
  'GET tenant/subscriptions': { run: list, open: true },
  'GET tenant/subscriptions/{}': show,
  'GET tenant/subscriptions/{}/resources': {
    run: listResources,
    action: 'Microsoft.Resources/subscriptions/resources/read',
  },
  'GET tenant/subscriptions/{}/resourceGroups/{}/resources': {
    run: listResources,
    action: 'Microsoft.Resources/subscriptions/resourceGroups/resources/read',
  },
};
