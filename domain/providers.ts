/** Without these there is no activation key. */
export const keyProviders = ['Microsoft.KeyVault', 'Microsoft.DataBoxEdge'] as const;
/** These belong to the audit trail, which can be left out. */
export const trailProviders = ['Microsoft.Storage', 'Microsoft.Insights'] as const;
