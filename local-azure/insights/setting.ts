import { refuse, type Refusal } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { objectIn, objectsIn, textIn, type JsonObject } from '../json.ts';
import type { Category } from './categories.ts';
import type { DiagnosticSetting, LogSetting, MetricSetting, Switched } from './state.ts';

/** The setting that a PUT describes. */
export const settingOf = (
  { target, now, settings }: ArmCall,
  categories: readonly Category[],
  properties: JsonObject,
): DiagnosticSetting => {
  const sinks = {
    storageAccountId: textIn(properties, 'storageAccountId') ?? null,
    workspaceId: textIn(properties, 'workspaceId') ?? null,
    eventHubAuthorizationRuleId: textIn(properties, 'eventHubAuthorizationRuleId') ?? null,
    eventHubName: textIn(properties, 'eventHubName') ?? null,
  };
  if (sinks.storageAccountId === null && sinks.workspaceId === null && sinks.eventHubAuthorizationRuleId === null) {
    throw refuse(400, 'BadRequest', 'At least one data sink needs to be specified.');
  }
  return {
    name: target.names[0] ?? '',
    resource: fold(target.scope),
    ...sinks,
    logs: objectsIn(properties, 'logs').map((log) => logOf(categories, log)),
    metrics: objectsIn(properties, 'metrics').map((metric) => metricOf(categories, metric)),
    logAnalyticsDestinationType: textIn(properties, 'logAnalyticsDestinationType') ?? null,
    completeFrom: now + settings.diagnosticCategories,
  };
};

const logOf = (categories: readonly Category[], log: JsonObject): LogSetting => {
  const category = textIn(log, 'category') ?? null;
  const categoryGroup = textIn(log, 'categoryGroup') ?? null;
  if (category !== null) assertKnown(categories, 'Logs', category);
  if (categoryGroup !== null && !categories.some(({ groups }) => groups.includes(categoryGroup))) {
    throw unsupported('Category group', categoryGroup);
  }
  return { category, categoryGroup, ...stateOf(log) };
};

const metricOf = (categories: readonly Category[], metric: JsonObject): MetricSetting => {
  const category = textIn(metric, 'category') ?? 'AllMetrics';
  assertKnown(categories, 'Metrics', category);
  return { category, ...stateOf(metric) };
};

const stateOf = (part: JsonObject): Switched => {
  const { enabled, days } = objectIn(part, 'retentionPolicy');
  return {
    enabled: part['enabled'] === true,
    retentionPolicy: { enabled: enabled === true, days: typeof days === 'number' ? days : 0 },
  };
};

/** Code and text from users' reports. */
const assertKnown = (categories: readonly Category[], type: Category['type'], wanted: string): void => {
  if (!categories.some((category) => category.type === type && category.name === wanted)) {
    throw unsupported('Category', wanted);
  }
};

const unsupported = (what: string, name: string): Refusal =>
  refuse(400, 'BadRequest', `${what} '${name}' is not supported.`);

/** A setting that enables nothing is accepted and then not to be found (from users' reports). */
export const logsAnything = ({ logs, metrics }: DiagnosticSetting): boolean =>
  [...logs, ...metrics].some(({ enabled }) => enabled);

/** Whether the calls to a vault go to its sinks: by their category or by a group that has it (documented). */
export const logsAudit = ({ logs }: DiagnosticSetting): boolean =>
  logs.some(({ enabled, category, categoryGroup }) => enabled && (category === 'AuditEvent' || categoryGroup !== null));

/** The setting as a read shows it: a while after it was written, what it left out is there as disabled (recorded). */
export const asRead = (setting: DiagnosticSetting, categories: readonly Category[], now: number): DiagnosticSetting => {
  if (now < setting.completeFrom) return setting;
  return {
    ...setting,
    logs: [...setting.logs, ...logsLeftOut(setting, categories)],
    metrics: [...setting.metrics, ...metricsLeftOut(setting, categories)],
  };
};

/** The other groups where the setting names groups, else the other categories (assumed from exports of the portal). */
const logsLeftOut = ({ logs }: DiagnosticSetting, categories: readonly Category[]): LogSetting[] => {
  if (logs.some(({ categoryGroup }) => categoryGroup !== null)) {
    const groups = new Set(categories.flatMap((category) => category.groups));
    for (const { categoryGroup } of logs) groups.delete(categoryGroup ?? '');
    return [...groups].map((categoryGroup) => ({ category: null, categoryGroup, ...disabled() }));
  }
  return categories
    .filter(({ type, name }) => type === 'Logs' && !logs.some(({ category }) => category === name))
    .map(({ name }) => ({ category: name, categoryGroup: null, ...disabled() }));
};

const metricsLeftOut = ({ metrics }: DiagnosticSetting, categories: readonly Category[]): MetricSetting[] =>
  categories
    .filter(({ type, name }) => type === 'Metrics' && !metrics.some(({ category }) => category === name))
    .map(({ name }) => ({ category: name, ...disabled() }));

const disabled = (): Switched => ({ enabled: false, retentionPolicy: { enabled: false, days: 0 } });

/** The id is in lower case up to the name, and what is not set is null (recorded). */
export const settingBody = ({ apiVersion }: ArmCall, setting: DiagnosticSetting): object => ({
  id: `${setting.resource}/providers/microsoft.insights/diagnosticSettings/${setting.name}`,
  type: 'Microsoft.Insights/diagnosticSettings',
  name: setting.name,
  location: null,
  kind: null,
  tags: null,
  properties: {
    storageAccountId: setting.storageAccountId,
    serviceBusRuleId: null,
    workspaceId: setting.workspaceId,
    eventHubAuthorizationRuleId: setting.eventHubAuthorizationRuleId,
    eventHubName: setting.eventHubName,
    metrics: setting.metrics,
    logs: setting.logs.map(({ categoryGroup, ...log }) =>
      apiVersion >= '2021-05-01-preview' ? { ...log, categoryGroup } : log,
    ),
    logAnalyticsDestinationType: setting.logAnalyticsDestinationType,
  },
  identity: null,
});
