import { json } from '../arm/answers.ts';
import { fold, parseArmPath } from '../arm/path.ts';
import { endpointsAt } from '../endpoints.ts';
import { signToken } from '../entra/tokens.ts';
import type { JsonObject } from '../json.ts';
import { principalNamed } from '../new-state.ts';
import { entryOf } from '../request-log.ts';
import { writtenPath, type DenyingPolicy } from './action.ts';
import type { FaultedCall } from './call.ts';

/** Shape and texts from users' reports; Azure hides the offending value there as well. */
export const refusedByPolicy = (url: URL, policy: DenyingPolicy): Response => {
  const { assignment, definition } = policy;
  const { scope, type, name } = resourceAt(url);
  const idOf = (kind: string, of: string): string => `${scope}/providers/Microsoft.Authorization/${kind}/${of}`;
  const assignmentId = idOf('policyAssignments', assignment);
  const definitionId = idOf('policyDefinitions', definition);
  const identifiers = [
    {
      policyAssignment: { name: assignment, id: assignmentId },
      policyDefinition: { name: definition, id: definitionId, version: '1.0.0' },
    },
  ];
  const info = {
    evaluationDetails: { evaluatedExpressions: expressionsOf(policy, type) },
    policyDefinitionId: definitionId,
    policyDefinitionName: definition,
    policyDefinitionDisplayName: definition,
    policyDefinitionVersion: '1.0.0',
    policyDefinitionEffect: 'deny',
    policyAssignmentId: assignmentId,
    policyAssignmentName: assignment,
    policyAssignmentDisplayName: assignment,
    policyAssignmentScope: scope,
    policyAssignmentParameters: {},
    policyExemptionIds: [],
    policyEnrollmentIds: [],
  };
  const message = `Resource '${name}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`;
  const additionalInfo = [{ type: 'PolicyViolation', info }];
  return json(
    403,
    { error: { code: 'RequestDisallowedByPolicy', target: name, message, additionalInfo } },
    { 'x-ms-failure-cause': 'gateway' },
  );
};

const expressionsOf = (policy: DenyingPolicy, type: string): object[] =>
  'expressions' in policy ? policy.expressions : [typeEquals(type), fieldExists(type, policy.field)];

const typeEquals = (type: string): object => ({
  result: 'True',
  expressionKind: 'Field',
  expression: 'type',
  path: 'type',
  expressionValue: type,
  targetValue: type,
  operator: 'Equals',
});

const fieldExists = (type: string, field: string): object => ({
  result: 'True',
  expressionKind: 'Field',
  expression: field,
  path: fold(field).startsWith(`${fold(type)}/`) ? `properties.${field.slice(type.length + 1)}` : field,
  expressionValue: '******',
  targetValue: 'true',
  operator: 'Exists',
});

/** The resource of a path: its type, its name, and the subscription as the scope that policies are assigned to. */
const resourceAt = ({ pathname }: URL): { scope: string; type: string; name: string } => {
  const segments = writtenPath(pathname).split('/').filter(Boolean);
  const at = segments.findLastIndex((segment) => fold(segment) === 'providers');
  const [namespace = 'Microsoft.Resources', ...rest] = at < 0 ? [] : segments.slice(at + 1);
  const types = at < 0 ? ['subscriptions', 'resourceGroups'] : rest.filter((_, index) => index % 2 === 0);
  return {
    scope: `/${segments.slice(0, 2).join('/')}`,
    type: [namespace, ...types].join('/'),
    name: segments.at(-1) ?? '',
  };
};

/** A remediation gives up when the resource does not come into being for so long (assumed). */
const patience = 3_600_000;

/**
 * Writes upon what was just written, as a remediation task does: through the front door, by a PATCH. It changes what
 * exists: what is still being made, or busy, is changed as soon as that is over.
 */
export const modifyAfterWrite = async (call: FaultedCall, changes: JsonObject): Promise<Response> => {
  const answer = await call.execute(call.request, call.entry);
  if (answer.ok) await modify(call, changes, call.now() + patience);
  return answer;
};

const modify = async (call: FaultedCall, changes: JsonObject, until: number): Promise<void> => {
  const patch = patchOf(call, changes);
  const { status } = await call.execute(patch, entryOf(patch, call.url, call.now()));
  const isNotReady = status === 404 || status === 409;
  if (isNotReady && call.now() < until) call.later({}, () => modify(call, changes, until));
};

/** Its task has an identity with rights of its own: the owner's stand for them. */
const patchOf = ({ url, state, now, providers }: FaultedCall, changes: JsonObject): Request => {
  const token = signToken(state.signingKey, principalNamed(state, 'owner'), endpointsAt(url).arm, now());
  const path = writtenPath(url.pathname);
  const namespace = parseArmPath(path)?.namespace;
  const version = providers.find((provider) => fold(provider.namespace) === namespace)?.apiVersions[0] ?? '';
  return new Request(`${url.origin}${path}?api-version=${version}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(changes),
  });
};
