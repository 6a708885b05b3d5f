import type { PostureFindings, VaultFacts } from './posture-findings.ts';

/** The subject of a line of drift; `device repair` selects its repairs by it. */
export type DriftSubject =
  | 'identity'
  | 'key vault'
  | 'permission model'
  | 'soft delete'
  | 'purge protection'
  | 'marks'
  | 'required tags'
  | 'lock'
  | 'read-only lock'
  | 'device access'
  | 'worker access'
  | 'key reader access'
  | 'foreign access'
  | 'audit trail'
  | 'audit storage lock'
  | 'audit storage tags'
  | 'link'
  | 'channel integrity key'
  | 'activation key'
  | 'secret sync'
  | 'sight';

/** The command that puts it right, or whom to ask where no command of ours may. */
export type Repair = 'device repair' | 'key generate' | 'vault recover' | 'ask its owner';

/** `critical`: secrets or the device are in danger. `warning`: a protection is missing. `notice`: worth knowing. */
export type Severity = 'critical' | 'warning' | 'notice';

/** One difference between what is and what the procedures promise; each text is a part of a sentence. */
export type Drift = { what: DriftSubject; found: string; promised: string; repair: Repair; severity: Severity };

/** Judges one promise about a live vault. */
export type VaultRule = (findings: PostureFindings, vault: VaultFacts) => Drift[];
