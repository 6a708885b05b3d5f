import { json } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Provider } from '../arm/provider.ts';
import { mayDo } from '../arm/rights.ts';
import type { State, Subscription } from '../state.ts';

const body = (state: State, { id, displayName, tags }: Subscription): object => ({
  id: `/subscriptions/${id}`,
  subscriptionId: id,
  tenantId: state.tenantId,
  displayName,
  ...(tags === undefined ? {} : { tags }),
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

export const subscriptionRoutes: Provider['routes'] = {
  'GET tenant/subscriptions': { run: list, open: true },
  'GET tenant/subscriptions/{}': show,
};
