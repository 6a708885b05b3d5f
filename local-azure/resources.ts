import type { Provider } from './arm/provider.ts';
import { exportRoutes } from './resources/export-template.ts';
import { ripenGroups } from './resources/group-store.ts';
import { groupRoutes } from './resources/groups.ts';
import { locationRoutes } from './resources/locations.ts';
import { providerRoutes } from './resources/registrations.ts';
import { resourceListRoutes } from './resources/resource-list.ts';
import { subscriptionRoutes } from './resources/subscriptions.ts';
import { tagRoutes } from './resources/tags.ts';
import { tenantRoutes } from './resources/tenants.ts';

/** Azure Resource Manager's own things: subscriptions, resource groups, the registration of providers, and tags. */
export const resources: Provider = {
  namespace: 'Microsoft.Resources',
  registration: 'free',
  apiVersions: [
    '2025-04-01',
    '2025-03-01',
    '2024-11-01',
    '2024-07-01',
    '2024-03-01',
    '2023-07-01',
    '2022-12-01',
    '2022-09-01',
    '2022-01-01',
    '2021-04-01',
    '2021-01-01',
    '2020-10-01',
    '2020-06-01',
    '2020-01-01',
    '2019-11-01',
    '2019-10-01',
    '2019-06-01',
    '2018-05-01',
    '2016-09-01',
    '2016-06-01',
    '2016-02-01',
    '2015-11-01',
  ],
  ripen: ripenGroups,
  routes: {
    ...tenantRoutes,
    ...subscriptionRoutes,
    ...locationRoutes,
    ...resourceListRoutes,
    ...groupRoutes,
    ...exportRoutes,
    ...providerRoutes,
    ...tagRoutes,
  },
};
