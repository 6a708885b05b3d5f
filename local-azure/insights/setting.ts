import { refuse, type Refusal } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { objectIn, objectsIn, textIn, type Json, type JsonObject } from '../json.ts';

/** Where the logs of a resource go. */
export type DiagnosticSetting = {
  name: string;
  /** The folded id of the resource. */
  resource: string;
  storageAccountId: string | null;
  workspaceId: string | null;
  eventHubAuthorizationRuleId: string | null;
  eventHubName: string | null;
  logs: LogSetting[];
};

type LogSetting = {
  category: string | null;
  categoryGroup: string | null;
  enabled: boolean;
  retentionPolicy: { enabled: boolean; days: number };
};

/** What a vault logs (Azure docs); no other resource of the local Azure logs anything. */
export const categories: readonly string[] = ['AuditEvent', 'AzurePolicyEvaluationDetails'];
const categoryGroups: readonly string[] = ['allLogs', 'audit'];

/** The setting that a PUT describes. */
export const settingOf = (call: ArmCall, properties: JsonObject): DiagnosticSetting => {
  const { target } = call;
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
    logs: objectsIn(properties, 'logs').map(logOf),
  };
};

const logOf = (log: JsonObject): LogSetting => {
  const category = textIn(log, 'category') ?? null;
  const categoryGroup = textIn(log, 'categoryGroup') ?? null;
  if (category !== null && !categories.includes(category)) throw unsupported('Category', category);
  if (categoryGroup !== null && !categoryGroups.includes(categoryGroup)) {
    throw unsupported('Category group', categoryGroup);
  }
  const retention = objectIn(log, 'retentionPolicy');
  return {
    category,
    categoryGroup,
    enabled: log['enabled'] === true,
    retentionPolicy: { enabled: retention['enabled'] === true, days: Number(retention['days'] ?? 0) },
  };
};

const unsupported = (what: string, name: string): Refusal =>
  refuse(400, 'BadRequest', `${what} '${name}' is not supported.`);

/** A setting that enables no log is accepted and then not to be found (from users' reports). */
export const logsAnything = ({ logs }: DiagnosticSetting): boolean => logs.some(({ enabled }) => enabled);

/** Whether the calls to a vault go to its sinks: by their category or by a group that has it (documented). */
export const logsAudit = ({ logs }: DiagnosticSetting): boolean =>
  logs.some(({ enabled, category, categoryGroup }) => enabled && (category === 'AuditEvent' || categoryGroup !== null));

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
    metrics: [],
    logs: setting.logs.map(({ categoryGroup, ...log }) =>
      apiVersion >= '2021-05-01-preview' ? { ...log, categoryGroup } : log,
    ),
    logAnalyticsDestinationType: null,
  },
  identity: null,
});

export const categoryBody = ({ target }: ArmCall, name: string): Json => ({
  id: `${fold(target.scope)}/providers/microsoft.insights/diagnosticSettingsCategories/${name}`,
  type: 'microsoft.insights/diagnosticSettingsCategories',
  name,
  location: null,
  kind: null,
  tags: null,
  properties: { categoryType: 'Logs' },
  identity: null,
});
