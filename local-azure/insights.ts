import { empty, json, refuse, refuseAtGateway, Refusal } from './arm/answers.ts';
import { fold } from './arm/path.ts';
import type { ArmCall, Provider } from './arm/provider.ts';
import { mayDo } from './arm/rights.ts';
import { objectIn, objectsIn, textIn, type Json, type JsonObject } from './json.ts';
import { trackedResources } from './resources/subscriptions.ts';
import { findAccount } from './storage.ts';

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

const settingsPerResource = 5;

/** What a vault logs (Azure docs); no other resource of the local Azure logs anything. */
const categories: readonly string[] = ['AuditEvent', 'AzurePolicyEvaluationDetails'];
const categoryGroups: readonly string[] = ['allLogs', 'audit'];

/** Always 200, also for a new one (recorded). */
const createOrUpdate = (call: ArmCall): Response => {
  const { state, target, body } = call;
  const setting = settingOf(call, objectIn(body, 'properties'));
  const others = settingsAt(call).filter(({ name }) => fold(name) !== fold(setting.name));
  if (setting.storageAccountId !== null) assertStorageUsable(call, setting.storageAccountId);
  assertSinkFree(setting, others);
  if (others.length >= settingsPerResource) throw tooMany(call);
  state.diagnosticSettings[fold(target.id)] = setting;
  return json(200, settingBody(call, setting), { 'x-ms-ratelimit-remaining-subscription-resource-requests': '149' });
};

const show = (call: ArmCall): Response => json(200, settingBody(call, existing(call)));

const list = (call: ArmCall): Response =>
  json(200, {
    value: settingsAt(call)
      .filter(logsAnything)
      .map((setting) => settingBody(call, setting)),
  });

/** 200 with nothing (recorded); 204 when there was none. */
const remove = (call: ArmCall): Response => {
  const { state, target } = call;
  const existed = state.diagnosticSettings[fold(target.id)] !== undefined;
  delete state.diagnosticSettings[fold(target.id)];
  return empty(existed ? 200 : 204);
};

const settingOf = (call: ArmCall, properties: JsonObject): DiagnosticSetting => {
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

/** To name an account in a setting takes the right to list its keys (Azure docs), and one region for both. */
const assertStorageUsable = (call: ArmCall, accountId: string): void => {
  const { state, now, caller, target } = call;
  if (!mayDo(state, caller.objectId, 'Microsoft.Storage/storageAccounts/listKeys/action', accountId)) {
    throw refuseAtGateway(
      403,
      'LinkedAuthorizationFailed',
      `The client '${caller.clientId}' with object id '${caller.objectId}' has permission to perform action ` +
        `'Microsoft.Insights/diagnosticSettings/write' on scope '${target.id}'; however, it does not have permission to ` +
        `perform action 'Microsoft.Storage/storageAccounts/listKeys/action' on the linked scope(s) '${accountId}' or the ` +
        'linked scope(s) are invalid.',
    );
  }
  const account = findAccount(state, accountId.split('/').at(-1) ?? '', now);
  if (!account || fold(account.id) !== fold(accountId)) {
    throw refuse(404, 'ResourceNotFound', `The Resource '${accountId}' was not found.`);
  }
  const resource = trackedResources(call).find(({ id }) => fold(id) === fold(target.scope));
  if (resource && resource.location !== account.location) {
    throw refuse(
      400,
      'BadRequest',
      `Resources should be in the same region. Resource '${target.scope}' is in region '${resource.location}' and ` +
        `resource '${accountId}' is in region '${account.location}'.`,
    );
  }
};

/** The same category may not go to the same place twice. The body lacks the usual wrapper (from users' reports). */
const assertSinkFree = (setting: DiagnosticSetting, others: DiagnosticSetting[]): void => {
  for (const other of others) {
    const sink = sharedSink(setting, other);
    const category = categoryNames(setting).find((name) => categoryNames(other).includes(name));
    if (sink === undefined || category === undefined) continue;
    throw conflict(
      `Data sink '${sink}' is already used in diagnostic setting '${other.name}' for category '${category}'. Data sinks ` +
        "can't be reused in different settings on the same category for the same resource.",
    );
  }
};

const conflict = (message: string): Refusal => new Refusal(json(409, { code: 'Conflict', message }));

const sharedSink = (one: DiagnosticSetting, other: DiagnosticSetting): string | undefined =>
  (['storageAccountId', 'workspaceId', 'eventHubAuthorizationRuleId'] as const)
    .filter((sink) => one[sink] !== null && fold(one[sink] ?? '') === fold(other[sink] ?? ''))
    .map((sink) => one[sink] ?? '')[0];

const categoryNames = ({ logs }: DiagnosticSetting): string[] =>
  logs.filter(({ enabled }) => enabled).map(({ category, categoryGroup }) => category ?? categoryGroup ?? '');

const tooMany = ({ target }: ArmCall): Refusal =>
  refuse(
    400,
    'BadRequest',
    `The limit of ${settingsPerResource} diagnostic settings was reached. To create new setting on resource ` +
      `'${target.scope}', delete an existing one.`,
  );

const settingsAt = ({ state, target }: ArmCall): DiagnosticSetting[] =>
  Object.values(state.diagnosticSettings).filter(({ resource }) => resource === fold(target.scope));

/** A setting that enables no log is accepted and then not to be found (from users' reports). */
const logsAnything = ({ logs }: DiagnosticSetting): boolean => logs.some(({ enabled }) => enabled);

const existing = ({ state, target }: ArmCall): DiagnosticSetting => {
  const setting = state.diagnosticSettings[fold(target.id)];
  if (setting && logsAnything(setting)) return setting;
  throw refuse(404, 'ResourceNotFound', `The diagnostic setting '${target.names[0] ?? ''}' was not found.`);
};

/** The id is in lower case up to the name, and what is not set is null (recorded). */
const settingBody = ({ apiVersion }: ArmCall, setting: DiagnosticSetting): object => ({
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

const categoryBody = ({ target }: ArmCall, name: string): Json => ({
  id: `${fold(target.scope)}/providers/microsoft.insights/diagnosticSettingsCategories/${name}`,
  type: 'microsoft.insights/diagnosticSettingsCategories',
  name,
  location: null,
  kind: null,
  tags: null,
  properties: { categoryType: 'Logs' },
  identity: null,
});

const listCategories = (call: ArmCall): Response =>
  json(200, { value: categories.map((name) => categoryBody(call, name)) });

const showCategory = (call: ArmCall): Response => {
  const wanted = fold(call.target.names[0] ?? '');
  const name = categories.find((category) => fold(category) === wanted);
  if (name === undefined) throw refuse(404, 'ResourceNotFound', `The category '${wanted}' was not found.`);
  return json(200, categoryBody(call, name));
};

export const insights: Provider = {
  namespace: 'Microsoft.Insights',
  registration: 'required',
  apiVersions: ['2021-05-01-preview', '2017-05-01-preview'],
  routes: {
    'PUT resource/diagnosticSettings/{}': createOrUpdate,
    'GET resource/diagnosticSettings/{}': show,
    'GET resource/diagnosticSettings': list,
    'DELETE resource/diagnosticSettings/{}': remove,
    'GET resource/diagnosticSettingsCategories': listCategories,
    'GET resource/diagnosticSettingsCategories/{}': showCategory,
  },
};
