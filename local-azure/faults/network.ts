import { fold } from '../arm/path.ts';
import { destinationOf } from '../endpoints.ts';
import { draw } from '../random.ts';
import { socketError, type SocketErrorCode } from '../socket-error.ts';
import type { State } from '../state.ts';
import type { FaultedCall } from './call.ts';

export const connectionRefused = (host: string): Error & { code: SocketErrorCode } =>
  socketError('ECONNREFUSED', `connect ECONNREFUSED ${host}`);

export const connectionReset = (): Error & { code: SocketErrorCode } => socketError('ECONNRESET', 'socket hang up');

/** Vaults and accounts refuse in their own words, as with public access disabled; nothing else has a network of its own. */
export const executeInClosedNetwork = async ({
  request,
  url,
  entry,
  state,
  execute,
}: FaultedCall): Promise<Response> => {
  const destination = destinationOf(url.hostname);
  if (destination.to === 'vault') return await execute(request, entry, withClosedVault(state, destination.vaultName));
  if (destination.to === 'blob')
    return await execute(request, entry, withClosedAccount(state, destination.accountName));
  throw connectionRefused(url.host);
};

/** The world as it is but for one closed vault; chance goes its own way in it. */
const withClosedVault = (state: State, name: string): State => {
  const vault = state.vaults[fold(name)];
  if (!vault) return state;
  const closed = { ...vault, publicNetworkAccess: 'Disabled' as const };
  return { ...state, seed: forkedSeed(state), vaults: { ...state.vaults, [fold(name)]: closed } };
};

const withClosedAccount = (state: State, name: string): State => {
  const account = state.storageAccounts[fold(name)];
  if (!account) return state;
  const closed = { ...account, properties: { ...account.properties, publicNetworkAccess: 'Disabled' } };
  return { ...state, seed: forkedSeed(state), storageAccounts: { ...state.storageAccounts, [fold(name)]: closed } };
};

export const forkedSeed = (state: State): number => Math.floor(draw(state) * 2 ** 32);

export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const give = (): void => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
