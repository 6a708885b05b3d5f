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

/** An expression of the policy's rule that made it deny. Azure says `result` of what stands in the rule, inside a `not` too. */
export type EvaluatedExpression = {
  expression?: string;
  path?: string;
  operator?: string;
  targetValue?: unknown;
  result?: string;
};

/**
 * What would have satisfied the rule. It denies by what is true; what is false stands in a `not`, as an exemption that nobody
 * should use to get past it (Azure/azure-powershell#15635), unless nothing else denies. What only selects resources, such as the
 * type, is passed over.
 */
export const judgeExpressions = (expressions: readonly EvaluatedExpression[]): PolicyWish[] => {
  const judged = expressions.filter((evaluated) => !selects.has(fieldOf(evaluated)?.toLowerCase() ?? ''));
  const denying = judged.filter((evaluated) => !isFalse(evaluated));
  const wishes = (denying.length > 0 ? denying : judged).map((evaluated) => {
    const wanted = wantedBy(evaluated);
    return { field: fieldOf(evaluated) ?? '', ...(wanted ? { wanted } : {}) };
  });
  return wishes.filter((wish) => mostExact(wishes.filter(({ field }) => field === wish.field)) === wish);
};

/** Of several expressions about one field the one that names a value. */
const mostExact = (wishes: readonly PolicyWish[]): PolicyWish | undefined =>
  wishes.find(({ wanted }) => wanted?.includes('"')) ?? wishes[0];

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
      return isWanted ? quoted(targetValue) : `something else than ${quoted(targetValue)}`;
    case 'in':
      return isWanted ? `one of ${quoted(targetValue)}` : `none of ${quoted(targetValue)}`;
    case 'exists':
      return (String(targetValue).toLowerCase() === 'true') === isWanted ? 'set' : 'left out';
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
  const about =
    wishes.length > 0 ? ` wants ${wishes.map(describeWish).join('; or ')}` : ' does not say which field it is about';
  return `the assignment "${assignment}"${called}${about}`;
};

const describeWish = ({ field, wanted }: PolicyWish): string => {
  const key = profileKeyFor(field);
  const remedy = key ? `, for which the organisation profile (ASE_PROFILE) has the key ${key}` : '';
  return `${field} to be ${wanted ?? 'otherwise'}${remedy}`;
};

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
