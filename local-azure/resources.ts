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
  // As refusals list them (from users' reports), the last ones in the order in which they do.
  apiVersions: [
    '2025-04-01',
    '2025-03-01',
    '2024-11-01',
    '2024-07-01',
    '2024-03-01',
    '2023-07-01',
    '2022-12-01',
    '2022-09-01',
    '2022-06-01',
    '2022-05-01',
    '2022-03-01-preview',
    '2022-01-01',
    '2021-04-01',
    '2021-01-01',
    '2020-10-01',
    '2020-09-01',
    '2020-08-01',
    '2020-07-01',
    '2020-06-01',
    '2020-05-01',
    '2020-01-01',
    '2019-11-01',
    '2019-10-01',
    '2019-09-01',
    '2019-08-01',
    '2019-07-01',
    '2019-06-01',
    '2019-05-10',
    '2019-05-01',
    '2019-03-01',
    '2018-11-01',
    '2018-09-01',
    '2018-08-01',
    '2018-07-01',
    '2018-06-01',
    '2018-05-01',
    '2018-02-01',
    '2018-01-01',
    '2017-12-01',
    '2017-08-01',
    '2017-06-01',
    '2017-05-10',
    '2017-05-01',
    '2017-03-01',
    '2016-09-01',
    '2016-07-01',
    '2016-06-01',
    '2016-02-01',
    '2015-11-01',
    '2015-01-01',
    '2014-04-01-preview',
    '2014-04-01',
    '2014-01-01',
    '2013-03-01',
    '2014-02-26',
    '2014-04',
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
