/** Why Azure Policy refused a write, in words that lead to a remedy, and which key of the profile would satisfy it. */

/** One assignment that denied, with what it looked at; Azure hides the values that it found. */
export type PolicyDenial = {
  assignment: string;
  /** As the portal shows it. */
  displayName?: string;
  /** What satisfies the policy: one of them at least, and all of them for certain. */
  wishes: readonly PolicyWish[];
};

export type PolicyWish = {
  /** What the policy is about: an alias such as `Microsoft.KeyVault/vaults/publicNetworkAccess`, or `tags['x']`. */
  field: string;
  /** What the field should be, where the denial tells: `"true"`, `one of "a", "b"`, `set`. */
  wanted?: string;
};

/**
 * An expression of the policy's rule that made it deny. `result` is the result of the expression as written, also
 * inside a `not`.
 */
export type EvaluatedExpression = {
  expression?: string;
  path?: string;
  operator?: string;
  targetValue?: unknown;
  result?: string;
};

/** A part of a rule: one expression, or several that are combined. */
export type RulePart = EvaluatedExpression | { combined: 'all' | 'any' | 'not'; parts: readonly RulePart[] };

/**
 * Returns the values that would have satisfied the rule. The rule denies by true expressions. A false expression in a
 * flat list comes from a `not`, an exemption that nobody should use to avoid the policy (Azure/azure-powershell#15635);
 * it is reported only if nothing else denies. In a tree, it is reported if a `not` makes it deny. Expressions that only
 * select resources, such as the type, are omitted.
 */
export const judgeExpressions = (rule: readonly RulePart[]): PolicyWish[] => {
  const denying = rule.flatMap((part) => denyingIn(part, true));
  const told = [
    denying.filter(isJudged),
    rule.filter(isExpression).filter(isJudged),
    // Where nothing else is left, the rule is about the place or the name itself.
    denying.filter(isOfPlace),
  ].find(({ length }) => length > 0);
  const wishes = (told ?? []).map((evaluated) => {
    const wanted = wantedBy(evaluated);
    return { field: fieldOf(evaluated) ?? '', ...(wanted ? { wanted } : {}) };
  });
  return [...Map.groupBy(wishes, ({ field }) => field).values()].flatMap(mostExact);
};

const isExpression = (part: RulePart): part is EvaluatedExpression => !('combined' in part);

const isJudged = (evaluated: EvaluatedExpression): boolean => !selects.has(fieldOf(evaluated)?.toLowerCase() ?? '');

const isOfPlace = (evaluated: EvaluatedExpression): boolean =>
  ['location', 'name', 'kind'].includes(fieldOf(evaluated)?.toLowerCase() ?? '') && wantedBy(evaluated) !== undefined;

/** The expressions that make a part come out so, where it does; one without a result is taken for one of them. */
const denyingIn = (part: RulePart, outcome: boolean): EvaluatedExpression[] => {
  if (outcomeOf(part) === !outcome) return [];
  if (isExpression(part)) return [{ ...part, result: outcome ? 'True' : 'False' }];
  return part.parts.flatMap((inner) => denyingIn(inner, part.combined === 'not' ? !outcome : outcome));
};

/** Undefined where results are missing. */
const outcomeOf = (part: RulePart): boolean | undefined => {
  if (isExpression(part)) return part.result === undefined ? undefined : !isFalse(part);
  const outcomes = part.parts.map(outcomeOf);
  const decisive = part.combined === 'any';
  if (outcomes.includes(decisive)) return part.combined === 'not' ? true : decisive;
  if (outcomes.includes(undefined) || outcomes.length === 0) return undefined;
  return part.combined === 'not' ? false : !decisive;
};

/** Of several expressions about one field the one that names a value. */
const mostExact = (wishes: readonly PolicyWish[]): PolicyWish[] => {
  const exact = wishes.find(({ wanted }) => wanted?.includes('"'));
  return exact ? [exact] : wishes.slice(0, 1);
};

const isFalse = ({ result }: EvaluatedExpression): boolean => result?.toLowerCase() === 'false';

/** How a vault is made is not for the profile to say, and no wish either. */
const selects = new Set(['', 'type', 'kind', 'location', 'name', 'id', 'microsoft.keyvault/vaults/createmode']);

const fieldOf = ({ expression, path }: EvaluatedExpression): string | undefined => expression ?? path;

/** A rule describes what is denied, so what is wanted is its opposite; of what stands in a `not` it is the thing itself. */
const wantedBy = (evaluated: EvaluatedExpression): string | undefined => {
  const { operator = '', targetValue } = evaluated;
  const isNegated = /^not/i.test(operator);
  const isWanted = isNegated !== isFalse(evaluated);
  switch (operator.replace(/^not/i, '').toLowerCase()) {
    case 'equals':
      return isWanted ? quoted(targetValue) : `other than ${quoted(targetValue)}`;
    case 'in':
      return isWanted ? `one of ${quoted(targetValue)}` : `none of ${quoted(targetValue)}`;
    case 'like':
      return isWanted ? `like ${quoted(targetValue)}` : `not like ${quoted(targetValue)}`;
    case 'exists':
      return (String(targetValue).toLowerCase() === 'true') === isWanted ? 'set' : 'absent';
    default:
      return undefined;
  }
};

const quoted = (value: unknown): string => [value].flat().map(quotedOne).join(', ');

const quotedOne = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : JSON.stringify(value));

/** The denials as one sentence. @param resource name of what was refused */
export const describeDenials = (resource: string, denials: readonly PolicyDenial[]): string =>
  `Azure Policy refuses ${resource ? `"${resource}"` : 'the resource'}: ${denials.map(describeDenial).join('; ')}`;

const describeDenial = ({ assignment, displayName, wishes }: PolicyDenial): string => {
  const called = displayName && displayName !== assignment ? ` (${displayName})` : '';
  const about = wishes.length > 0 ? ` requires ${wishes.map(describeWish).join('; or ')}` : ' does not name the field';
  return `the assignment "${assignment}"${called}${about}`;
};

const describeWish = ({ field, wanted }: PolicyWish): string => {
  const key = profileKeyFor(field);
  return `${field} to be ${wanted ?? 'different'}${key ? `: ${remedyBy(key, wanted)}` : ''}`;
};

/** A field that must be absent may be sent by default too: only its key is named, not what to do with it. */
const remedyBy = (key: string, wanted: string | undefined): string =>
  wanted === 'absent'
    ? `the key ${key} of the organisation profile (ASE_PROFILE) decides it`
    : `set the key ${key} in the organisation profile (ASE_PROFILE)`;

/** Field of a vault or a storage account, without its type, and the key of the profile that decides it. */
const keys = new Map([
  ['tags', 'requiredTags'],
  ['enablepurgeprotection', 'purgeProtection'],
  ['publicnetworkaccess', 'network.publicNetworkAccess'],
  ['networkacls.defaultaction', 'network.defaultAction'],
  ['networkacls.iprules', 'network.ipRules'],
  ['networkacls.bypass', 'network.bypass'],
  ['keypolicy.keyexpirationperiodindays', 'storageKeyExpirationDays'],
]);

/** The key of the profile that decides a field, whatever way a policy spells it; undefined where none does. */
export const profileKeyFor = (field: string | undefined): string | undefined => {
  if (field === undefined) return undefined;
  const tag = /^tags(?:\.|\[\s*['"]?)([^\]'"]+)['"]?\s*\]?$/i.exec(field)?.[1];
  if (tag !== undefined) return `requiredTags.${tag}`;
  // The sku of a vault is no choice: the procedure makes standard vaults.
  if (/^Microsoft\.Storage\/storageAccounts\/sku\.name$/i.test(field)) return 'storageSku';
  const property = field.replace(/^(Microsoft\.(KeyVault\/vaults|Storage\/storageAccounts)\/|properties\.)/i, '');
  return keys.get(property.replace(/\[\*\].*$/, '').toLowerCase());
};
