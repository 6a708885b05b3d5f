import { empty, json, refuse, type Refusal } from './arm/answers.ts';
import { fold } from './arm/path.ts';
import type { ArmCall, Provider } from './arm/provider.ts';
import { extendedResource } from './arm/scope.ts';
import { categoriesOf, categoryBody } from './insights/categories.ts';
import { asRead, logsAnything, settingBody, settingOf } from './insights/setting.ts';
import { assertSinkFree, assertStorageUsable } from './insights/sinks.ts';
import type { DiagnosticSetting } from './insights/state.ts';
import { objectIn } from './json.ts';

const settingsPerResource = 5;

/** Always 200, also for a new one (recorded). */
const createOrUpdate = (call: ArmCall): Response => {
  const { state, target, body } = call;
  const categories = categoriesOf(extendedResource(call));
  const setting = settingOf(call, categories, objectIn(body, 'properties'));
  const others = settingsAt(call).filter(({ name }) => fold(name) !== fold(setting.name));
  if (setting.storageAccountId !== null) assertStorageUsable(call, setting.storageAccountId);
  assertSinkFree(setting, others);
  if (others.length >= settingsPerResource) throw tooMany(call);
  state.diagnosticSettings[fold(target.id)] = setting;
  return json(200, settingBody(call, setting), { 'x-ms-ratelimit-remaining-subscription-resource-requests': '149' });
};

const show = (call: ArmCall): Response => json(200, bodyAsRead(call, existing(call)));

const list = (call: ArmCall): Response => {
  extendedResource(call);
  return json(200, {
    value: settingsAt(call)
      .filter(logsAnything)
      .map((setting) => bodyAsRead(call, setting)),
  });
};

const bodyAsRead = (call: ArmCall, setting: DiagnosticSetting): object =>
  settingBody(call, asRead(setting, categoriesOf(extendedResource(call)), call.now));

/** 200 with nothing (recorded); 204 when there was none. */
const remove = (call: ArmCall): Response => {
  const { state, target } = call;
  const existed = state.diagnosticSettings[fold(target.id)] !== undefined;
  delete state.diagnosticSettings[fold(target.id)];
  return empty(existed ? 200 : 204);
};

const tooMany = ({ target }: ArmCall): Refusal =>
  refuse(
    400,
    'BadRequest',
    `The limit of ${settingsPerResource} diagnostic settings was reached. To create new setting on resource ` +
      `'${target.scope}', delete an existing one.`,
  );

/** A setting outlives its resource: what is made anew under the same id has it again (documented). */
const settingsAt = ({ state, target }: ArmCall): DiagnosticSetting[] =>
  Object.values(state.diagnosticSettings).filter(({ resource }) => resource === fold(target.scope));

const existing = (call: ArmCall): DiagnosticSetting => {
  const { state, target } = call;
  extendedResource(call);
  const setting = state.diagnosticSettings[fold(target.id)];
  if (setting && logsAnything(setting)) return setting;
  throw refuse(404, 'ResourceNotFound', `The diagnostic setting '${target.names[0] ?? ''}' was not found.`);
};

const listCategories = (call: ArmCall): Response =>
  json(200, { value: categoriesOf(extendedResource(call)).map((category) => categoryBody(call, category)) });

const showCategory = (call: ArmCall): Response => {
  const wanted = call.target.names[0] ?? '';
  const found = categoriesOf(extendedResource(call)).find(({ name }) => fold(name) === fold(wanted));
  if (!found) throw refuse(404, 'ResourceNotFound', `The category '${wanted}' was not found.`);
  return json(200, categoryBody(call, found));
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
