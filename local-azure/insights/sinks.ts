import { json, refuse, refuseAtGateway, Refusal } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { mayDo } from '../arm/rights.ts';
import { extendedResource } from '../arm/scope.ts';
import { findAccountById } from '../storage-accounts/account.ts';
import type { DiagnosticSetting } from './state.ts';

/** To name an account in a setting takes the right to list its keys (Azure docs), and one region for both. */
export const assertStorageUsable = (call: ArmCall, accountId: string): void => {
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
  const account = findAccountById(state, accountId, now);
  if (!account) throw refuse(404, 'ResourceNotFound', `The Resource '${accountId}' was not found.`);
  const resource = extendedResource(call);
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
export const assertSinkFree = (setting: DiagnosticSetting, others: DiagnosticSetting[]): void => {
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

const categoryNames = ({ logs, metrics }: DiagnosticSetting): string[] => [
  ...logs.filter(({ enabled }) => enabled).map(({ category, categoryGroup }) => category ?? categoryGroup ?? ''),
  ...metrics.filter(({ enabled }) => enabled).map(({ category }) => category),
];
