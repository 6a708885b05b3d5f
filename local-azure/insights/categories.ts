import { fold } from '../arm/path.ts';
import type { ArmCall, TrackedResource } from '../arm/provider.ts';
import type { Json } from '../json.ts';

/** Something that a resource can send to a sink, with the groups that take it along. */
export type Category = { name: string; type: 'Logs' | 'Metrics'; groups: readonly string[] };

const ofVaults: readonly Category[] = [
  { name: 'AuditEvent', type: 'Logs', groups: ['audit', 'allLogs'] },
  { name: 'AzurePolicyEvaluationDetails', type: 'Logs', groups: ['allLogs'] },
  { name: 'AllMetrics', type: 'Metrics', groups: [] },
];

/** What a vault sends (documented); nothing else of the local Azure sends anything. */
export const categoriesOf = (resource: TrackedResource | undefined): readonly Category[] =>
  resource && fold(resource.type) === 'microsoft.keyvault/vaults' ? ofVaults : [];

/** Recorded for the older api-version; the groups by the documentation of the newer one. */
export const categoryBody = ({ target, apiVersion }: ArmCall, { name, type, groups }: Category): Json => ({
  id: `${fold(target.scope)}/providers/microsoft.insights/diagnosticSettingsCategories/${name}`,
  type: 'microsoft.insights/diagnosticSettingsCategories',
  name,
  location: null,
  kind: null,
  tags: null,
  properties: { categoryType: type, ...(apiVersion >= '2021-05-01-preview' ? { categoryGroups: [...groups] } : {}) },
  identity: null,
});
