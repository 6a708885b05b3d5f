import { fold } from './arm/path.ts';
import { destinationOf } from './endpoints.ts';
import type { State } from './state.ts';
import { findVault } from './vault/store.ts';

/** From when on the name service knows a host of the local Azure; nothing for a name that nobody has. */
export const resolvesFrom = (state: State, hostname: string): number | undefined => {
  const destination = destinationOf(hostname);
  switch (destination.to) {
    case 'vault':
      return findVault(state, destination.vaultName)?.reachableFrom;
    case 'blob':
      return state.storageAccounts[fold(destination.accountName)]?.readyAt;
    case 'nowhere':
      return undefined;
    case 'arm':
    case 'login':
    case 'graph':
    case 'control':
      return 0;
  }
};
