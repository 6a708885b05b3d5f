/** How long the slow things of Azure take, in milliseconds of the clock. `timeScale` divides them all. */
export type Settings = {
  /** From the PUT of a storage account until its operation succeeds (18 s recorded). */
  storageAccount: number;
  /** From `register` until a resource provider says Registered. */
  providerRegistration: number;
  /** From a vault's creation or recovery until its host name resolves. */
  vaultDns: number;
  /** Until the data plane honours a changed access policy. */
  accessPolicyEffect: number;
  /** Until a deleted secret can be seen among the deleted ones (up to 64 s recorded). */
  secretDeletion: number;
  /** Until a recovered secret can be read again (up to 48 s recorded). */
  secretRecovery: number;
  /** Until the deletion of a device or of a resource group has ended. */
  deletion: number;
  /** Until the purge of a deleted vault has ended. */
  vaultPurge: number;
  /** Until an order, a schedule or another child of a device is made, changed or deleted. */
  deviceChild: number;
  /** From a call to a vault until its record is in the audit account (up to 10 minutes by the documentation). */
  auditRecord: number;
  /** From the PUT of a diagnostic setting until it shows the categories that were left out (one second recorded). */
  diagnosticCategories: number;
  /** What `Retry-After` asks for while a storage account is being created (17 s recorded). */
  retryAfter: number;
  timeScale: number;
  /** Entries of a list of Azure Resource Manager before it goes on with `nextLink`. */
  pageSize: number;
  /** Whether a list of vaults has an empty page after each full one, as Azure's have at times (recorded). */
  emptyPages: boolean;
  /** Whether Azure Resource Manager and the storage provider refuse what exceeds their budgets with 429. */
  throttling: boolean;
  /** Whether an access policy may name an object id that the directory does not know. */
  unknownPrincipals: 'accepted' | 'refused';
};

export const defaultSettings: Settings = {
  storageAccount: 20_000,
  providerRegistration: 3_000,
  vaultDns: 2_000,
  accessPolicyEffect: 2_000,
  secretDeletion: 3_000,
  secretRecovery: 3_000,
  deletion: 5_000,
  vaultPurge: 3_000,
  deviceChild: 2_000,
  auditRecord: 2_000,
  diagnosticCategories: 1_000,
  retryAfter: 17_000,
  timeScale: 1,
  pageSize: 100,
  emptyPages: false,
  throttling: false,
  unknownPrincipals: 'accepted',
};

/** The settings with every delay already divided by the time scale. */
export const scaled = (settings: Partial<Settings> = {}): Settings => {
  const { timeScale, pageSize, emptyPages, throttling, unknownPrincipals, ...delays } = {
    ...defaultSettings,
    ...settings,
  };
  const divided = Object.fromEntries(Object.entries(delays).map(([name, ms]) => [name, ms / timeScale]));
  return { ...(divided as typeof delays), timeScale, pageSize, emptyPages, throttling, unknownPrincipals };
};

/** `Retry-After` in whole seconds; never zero, which some clients take for "do not come back". */
export const retryAfter = (settings: Settings): string => String(Math.max(1, Math.ceil(settings.retryAfter / 1000)));

/** Refuses settings that nobody knows or understands: they may have been typed by hand. */
export const assertSettings = (changes: Partial<Settings>): void => {
  for (const [name, value] of Object.entries(changes)) {
    const like = Object.hasOwn(defaultSettings, name) ? defaultSettings[name as keyof Settings] : undefined;
    if (like === undefined) {
      throw new Error(`There is no setting '${name}'; there is ${Object.keys(defaultSettings).join(', ')}.`);
    }
    if (typeof value !== typeof like || !isUnderstood(name, value)) throw new Error(`"${name}" is ${kindOf(name)}.`);
  }
};

const isUnderstood = (name: string, value: number | boolean | string): boolean => {
  if (name === 'unknownPrincipals') return value === 'accepted' || value === 'refused';
  if (name === 'pageSize') return Number.isInteger(value) && Number(value) > 0;
  if (typeof value !== 'number') return true;
  return Number.isFinite(value) && (name === 'timeScale' ? value > 0 : value >= 0);
};

const kindOf = (name: string): string => {
  switch (name) {
    case 'unknownPrincipals':
      return '"accepted" or "refused"';
    case 'emptyPages':
    case 'throttling':
      return 'true or false';
    case 'pageSize':
      return 'a whole number from 1 on';
    case 'timeScale':
      return 'a number above zero';
    default:
      return 'a number of milliseconds';
  }
};
