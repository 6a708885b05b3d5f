/** What helps a caller, as data: which call of this library to make next, and what is known to go into it. */
import type { Consent } from '../domain/consent.ts';

export type Action =
  /** Look at the operation, wait for its end, read the key, or put right what has drifted: calls of the same names. */
  | { action: 'status' | 'result' | 'showActivationKey' | 'repair'; deviceId: string }
  /** Start this procedure. */
  | { action: 'generateActivationKey' | 'recoverKeyVault'; deviceId: string }
  | { action: 'regenerateActivationKey'; deviceId: string; supersede: true }
  /** Decide about the blocked step so; `input`: what a retry must change to get past the cause. */
  | { action: 'retry'; deviceId: string; input?: Record<string, string> }
  | { action: 'skip' | 'abort'; deviceId: string }
  /** Answer what a deletion asks. */
  | ({ action: 'consent'; deviceId: string } & Pick<Consent, 'decision' | 'keyVaultName' | 'inventory'>)
  /** See what is blocked, and where. */
  | { action: 'surveyBlocked' }
  /** In Temporal itself, by its own client. */
  | { action: 'cancel' | 'describe'; workflowId: string };
