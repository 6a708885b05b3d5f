/**
 * Lists every metric of ours. `docs/monitoring.md` contains the same table for people, and a test keeps the two equal.
 * Labels take few values: names of steps, failures and services, never of devices, vaults or people.
 */
export type Metric = {
  name: `ase_${string}`;
  kind: 'counter' | 'histogram' | 'gauge';
  /** Of ours; those counted in workflows have `workflowType`, `namespace` and `taskQueue` beside them. */
  labels: readonly string[];
  says: string;
  /** Upper bounds of a histogram, in its unit. */
  buckets?: readonly number[];
};

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export const metrics = {
  stepsStarted: {
    name: 'ase_steps_started_total',
    kind: 'counter',
    labels: ['step'],
    says: 'Steps started.',
  },
  stepsEnded: {
    name: 'ase_steps_ended_total',
    kind: 'counter',
    labels: ['step', 'outcome', 'failure'],
    says: 'Steps ended as done, skipped, postponed or failed. A blocked or cancelled step has not ended.',
  },
  stepDuration: {
    name: 'ase_step_duration_seconds',
    kind: 'histogram',
    labels: ['step', 'outcome'],
    says: 'Duration of a step with all its attempts and waits for Azure, without the time in which it was blocked.',
    buckets: [1, 2, 5, 10, 30, minute, 2 * minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour],
  },
  blocks: {
    name: 'ase_blocks_total',
    kind: 'counter',
    labels: ['step', 'failure'],
    says: 'Blocks of a step.',
  },
  keyLifetime: {
    name: 'ase_key_lifetime_seconds',
    kind: 'histogram',
    labels: [],
    says: 'Time to expiry of each activation key when it was issued; the count is the number of issued keys.',
    buckets: [hour, 6 * hour, 12 * hour, day, 2 * day, 3 * day, 7 * day],
  },
  attemptsFailed: {
    name: 'ase_attempts_failed_total',
    kind: 'counter',
    labels: ['step', 'failure'],
    says: 'Attempts that failed, including those that only found Azure not ready yet.',
  },
  azureCalls: {
    name: 'ase_azure_calls_total',
    kind: 'counter',
    labels: ['service', 'method', 'status'],
    says: 'Requests to Azure by the status of their answer; "none" without an answer.',
  },
  budgetLevel: {
    name: 'ase_azure_budget_level',
    kind: 'gauge',
    labels: ['budget'],
    says: 'Requests that a budget of Azure allows at once, in the subscription that was called last.',
  },
  turnsAwaited: {
    name: 'ase_azure_turns_awaited',
    kind: 'gauge',
    labels: ['budget'],
    says: 'Requests that wait for their turn under a budget of Azure.',
  },
  turnWait: {
    name: 'ase_azure_turn_wait_seconds',
    kind: 'histogram',
    labels: ['budget'],
    says: 'Time that a request waited for its turn.',
    buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 45],
  },
  budgetRefusals: {
    name: 'ase_azure_budget_refusals_total',
    kind: 'counter',
    labels: ['budget'],
    says: 'Requests that Azure refused because a budget was spent.',
  },
  blocked: {
    name: 'ase_blocked',
    kind: 'gauge',
    labels: ['step', 'failure'],
    says: 'Operations blocked now.',
  },
  keysExpiring: {
    name: 'ase_keys_expiring',
    kind: 'gauge',
    labels: [],
    says: 'Devices whose newest activation key expires within 24 hours; above 1,000 keys, replaced keys are counted as well.',
  },
  vaultsLeftUnlocked: {
    name: 'ase_vaults_left_unlocked',
    kind: 'gauge',
    labels: [],
    says: 'Operations of the last 24 hours that ended with KeyVaultLeftUnlocked, or were terminated while a vault could not be locked.',
  },
  lastLook: {
    name: 'ase_last_look_timestamp_seconds',
    kind: 'gauge',
    labels: ['gauge'],
    says: 'Time of the last successful read of this gauge from Temporal; before the first one, the start time.',
  },
} as const satisfies Record<string, Metric>;
