/** How far an answer of the local Azure is what was recorded. */
import { isObject, textIn, type Json } from '../../json.ts';
import { bound, counterpartsOf, type Answer, type Bindings } from './bindings.ts';
import { couldBeHere } from './destination.ts';
import { errorOf, type Exchange } from './exchange.ts';

export const measures = {
  status: 'statuses',
  err: 'error codes',
  hdr: 'headers',
  path: 'members',
  val: 'values',
} as const;

export type Measure = keyof typeof measures;

/** What matched, of how many. */
export type Score = Record<Measure, { matched: number; of: number }>;

/** One exchange compared; `differences` in words. */
export type Comparison = { score: Score; differences: string[] };

export const noScore = (): Score => ({
  status: { matched: 0, of: 0 },
  err: { matched: 0, of: 0 },
  hdr: { matched: 0, of: 0 },
  path: { matched: 0, of: 0 },
  val: { matched: 0, of: 0 },
});

export const sum = (scores: Score[]): Score => {
  const total = noScore();
  for (const score of scores) {
    for (const measure of Object.keys(measures) as Measure[]) {
      total[measure].matched += score[measure].matched;
      total[measure].of += score[measure].of;
    }
  }
  return total;
};

/** `statuses 4 of 4, error codes 1 of 1, …` */
export const scoreText = (score: Score): string =>
  Object.entries(measures)
    .map(([measure, name]) => `${name} ${score[measure as Measure].matched} of ${score[measure as Measure].of}`)
    .join(', ');

const headers = ['location', 'azure-asyncoperation', 'www-authenticate'];

/** Members whose values a client acts on; all others need to be there, of the same kind. */
const telling = new Set(
  [
    'name type level provisioningState enableSoftDelete enablePurgeProtection',
    'softDeleteRetentionInDays recoveryLevel recoverableDays registrationState category',
    'enabled kind publicNetworkAccess dataBoxEdgeDeviceStatus deviceType nameAvailable reason',
    'family tier status',
  ].flatMap((line) => line.split(' ')),
);

export const compare = (recorded: Exchange, ours: Answer, bindings: Bindings): Comparison => {
  const score = noScore();
  const differences: string[] = [];
  const count = (measure: Measure, matches: boolean, difference: string): void => {
    score[measure].of += 1;
    if (matches) score[measure].matched += 1;
    else differences.push(difference);
  };
  count('status', ours.status === recorded.status, `status ${recorded.status}, here ${ours.status}`);
  for (const header of headers.filter((name) => recorded.headers[name] !== undefined)) {
    count('hdr', ours.headers.has(header), `no header ${header}`);
  }
  if (isRefusal(recorded.body)) {
    const [theirs, here] = [recorded.body, ours.body].map(codesOf);
    count('err', theirs === here, `error ${theirs}, here ${here}`);
  } else if (isObject(recorded.body) && !Object.hasOwn(recorded.body, '__truncated__')) {
    compareMembers(recorded.body, ours.body, '', bindings, count);
  }
  return { score, differences };
};

const isRefusal = (body: Json): boolean => isObject(body) && isObject(body['error']);

const codesOf = (body: Json): string => {
  const { code, inner } = errorOf(body);
  return inner === '' ? code : `${code}/${inner}`;
};

type Count = (measure: Measure, matches: boolean, difference: string) => void;

/** Of a list, the first entry that could be here stands for all, next to the entry here that has its name. */
const compareMembers = (
  recorded: Json,
  ours: Json | undefined,
  path: string,
  bindings: Bindings,
  count: Count,
): void => {
  if (Array.isArray(recorded)) {
    const first = recorded.find((entry) => !isObject(entry) || couldBeHere(textIn(entry, 'id') ?? ''));
    if (first === undefined) return;
    compareMembers(
      first,
      Array.isArray(ours) ? counterpartsOf(bindings, recorded, ours)[recorded.indexOf(first)] : undefined,
      `${path}[]`,
      bindings,
      count,
    );
  } else if (isObject(recorded)) {
    for (const [key, value] of Object.entries(recorded)) {
      if (key === 'systemData') continue;
      const here = isObject(ours) ? ours[key] : undefined;
      compareMember(value, here, `${path}/${key}`, key, bindings, count);
    }
  }
};

const compareMember = (
  recorded: Json,
  here: Json | undefined,
  path: string,
  key: string,
  bindings: Bindings,
  count: Count,
): void => {
  const isThere = here !== undefined && areOfOneKind(recorded, here);
  count('path', isThere, `no ${path}`);
  if (isThere && telling.has(key) && (typeof recorded !== 'object' || recorded === null)) {
    const wanted = typeof recorded === 'string' ? bound(bindings, recorded) : recorded;
    count(
      'val',
      wanted === here || recorded === here,
      `${path} ${JSON.stringify(recorded)}, here ${JSON.stringify(here)}`,
    );
  }
  compareMembers(recorded, here, path, bindings, count);
};

const areOfOneKind = (one: Json, other: Json): boolean =>
  one === null || other === null || kindOf(one) === kindOf(other);

const kindOf = (value: Json): string => (Array.isArray(value) ? 'list' : typeof value);
