import type { Provider } from './arm/provider.ts';
import { isAtOrBelow } from './arm/rights.ts';
import { accountType, forgetAccount, readyAccounts } from './storage-accounts/account.ts';
import { list, remove, show, update } from './storage-accounts/accounts.ts';
import { checkName } from './storage-accounts/check-name.ts';
import { createOrUpdate, showCreation } from './storage-accounts/creation.ts';
import { listKeys, regenerateKey } from './storage-accounts/keys.ts';
import { throttleStorage } from './throttling/storage-budget.ts';

export const storage: Provider = {
  namespace: 'Microsoft.Storage',
  registration: 'required',
  // As refusals list them (from users' reports), but for those of 2015, whose bodies have another shape.
  apiVersions: [
    '2026-09-01',
    '2025-08-01',
    '2025-06-01',
    '2025-01-01',
    '2024-01-01',
    '2023-05-01',
    '2023-04-01',
    '2023-01-01',
    '2022-09-01',
    '2022-05-01',
    '2021-09-01',
    '2021-08-01',
    '2021-06-01',
    '2021-05-01',
    '2021-04-01',
    '2021-02-01',
    '2021-01-01',
    '2020-08-01-preview',
    '2019-06-01',
    '2019-04-01',
    '2018-11-01',
    '2018-07-01',
    '2018-03-01-preview',
    '2018-02-01',
    '2017-10-01',
    '2017-06-01',
    '2016-12-01',
    '2016-05-01',
    '2016-01-01',
  ],
  routes: {
    'PUT group/storageAccounts/{}': createOrUpdate,
    'PATCH group/storageAccounts/{}': update,
    'GET group/storageAccounts/{}': show,
    'DELETE group/storageAccounts/{}': remove,
    'GET group/storageAccounts': list,
    'GET subscription/storageAccounts': list,
    'POST group/storageAccounts/{}/listKeys': { run: listKeys, effect: 'reveals' },
    'POST group/storageAccounts/{}/regenerateKey': regenerateKey,
    'POST subscription/checkNameAvailability': {
      run: checkName,
      effect: 'read',
      action: 'Microsoft.Storage/checkNameAvailability/read',
    },
    // The built-in Storage Account Contributor polls creations without any action on locations (Azure docs).
    'GET subscription/locations/{}/asyncoperations/{}': { run: showCreation, poll: true },
  },
  throttle: throttleStorage,
  resources: (state, now) =>
    readyAccounts(state, now).map(({ id, name, location, tags }) => ({ id, name, type: accountType, location, tags })),
  forgetGroup: (state, group) => {
    for (const account of Object.values(state.storageAccounts)) {
      if (isAtOrBelow(account.id, group)) forgetAccount(state, account);
    }
  },
};
