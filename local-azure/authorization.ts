import type { Provider } from './arm/provider.ts';
import { lockRoutes } from './authorization/locks.ts';
import { permissionRoutes } from './authorization/permissions.ts';

/** Locks, and what the caller may do. */
export const authorization: Provider = {
  namespace: 'Microsoft.Authorization',
  registration: 'free',
  apiVersions: [
    '2022-05-01-preview',
    '2022-04-01',
    '2020-05-01',
    '2018-07-01',
    '2018-01-01-preview',
    '2017-04-01',
    '2016-09-01',
    '2015-07-01',
    '2015-01-01',
  ],
  routes: { ...lockRoutes, ...permissionRoutes },
};
