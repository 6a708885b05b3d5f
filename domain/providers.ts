export const vaultProvider = 'Microsoft.KeyVault';
/** Without these there is no activation key. */
export const keyProviders = [vaultProvider, 'Microsoft.DataBoxEdge'] as const;
/** The providers of the audit trail, which can be skipped: the account's, then the setting's. */
export const accountProvider = 'Microsoft.Storage';
export const settingProvider = 'Microsoft.Insights';
export const trailProviders = [accountProvider, settingProvider] as const;

/** Whether nobody has asked for the registration yet, by the state of a provider. */
export const isUnregistered = (state = ''): boolean => !['Registered', 'Registering'].includes(state);
