import { fold } from '../arm/path.ts';
import type { Exchange } from '../arm/provider.ts';
import { refuseData } from '../vault/answers.ts';
import { countRequest, type WindowLimit } from './request-windows.ts';

const tenSeconds = 10_000;

/** For each vault (Azure docs; the one for new secrets from a third party). */
const transactions: WindowLimit = { name: 'transactions', most: 4000, ms: tenSeconds };
const creations: WindowLimit = { name: 'creations', most: 300, ms: tenSeconds };

/**
 * Refuses a call that exceeds the vault's budget. Code and text from users' reports, and that no `Retry-After` comes
 * with them.
 */
export const throttleVault = (
  { state, settings, now }: Exchange,
  vaultName: string,
  operation: string | undefined,
): void => {
  if (!settings.throttling) return;
  const limits = operation === 'SecretSet' ? [transactions, creations] : [transactions];
  const scaled = limits.map((limit) => ({ ...limit, ms: limit.ms / settings.timeScale }));
  if (!countRequest(state.throttling.windows, `vault/${fold(vaultName)}`, scaled, now)) return;
  throw refuseData(
    429,
    'Throttled',
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached',
  );
};
