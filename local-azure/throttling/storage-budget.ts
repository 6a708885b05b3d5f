import { refuse } from '../arm/answers.ts';
import { locations, normalLocation } from '../arm/locations.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { own, textIn } from '../json.ts';
import { countRequest, type WindowLimit } from './request-windows.ts';

const second = 1000;
const fiveMinutes = 300 * second;

type Operation = 'Read' | 'List' | 'Write';

/** For each subscription and region (Azure docs); the longest window first. */
const limits: Readonly<Record<Operation, readonly WindowLimit[]>> = {
  Read: [{ name: 'Read_ObservationWindow_00:05:00', most: 800, ms: fiveMinutes }],
  List: [{ name: 'List_ObservationWindow_00:05:00', most: 100, ms: fiveMinutes }],
  Write: [
    { name: 'Write_ObservationWindow_01:00:00', most: 1200, ms: 3600 * second },
    { name: 'Write_ObservationWindow_00:00:01', most: 10, ms: second },
  ],
};

/** Refuses a call that exceeds the storage provider's own budget. Code and text from users' reports, for reads. */
export const throttleStorage = (call: ArmCall): void => {
  const { state, settings, now, target } = call;
  const operation = operationOf(call);
  const scaled = limits[operation].map((limit) => ({ ...limit, ms: limit.ms / settings.timeScale }));
  const scope = `storage/${fold(target.subscriptionId ?? '')}/${regionOf(call)}`;
  const over = countRequest(state.throttling.windows, scope, scaled, now);
  if (!over) return;
  throw refuse(
    429,
    'TooManyRequests',
    `The request is being throttled as the limit has been reached for operation type - ${over.full.name}. For more ` +
      'information, see - https://aka.ms/srpthrottlinglimits',
    { headers: { 'retry-after': String(Math.max(1, Math.ceil(over.ms / 1000))) } },
  );
};

/** A POST such as listKeys counts as a read (from users' reports). */
const operationOf = ({ request: { method }, target }: ArmCall): Operation => {
  if (method === 'GET') return target.pattern === 'storageaccounts' ? 'List' : 'Read';
  return method === 'POST' ? 'Read' : 'Write';
};

/** Of the account, existing or asked for; lists of all regions are counted together (assumed). */
const regionOf = ({ state, target, body }: ArmCall): string => {
  const asked = normalLocation(textIn(body, 'location') ?? '');
  const account = own(state.storageAccounts, fold(target.names[0] ?? ''));
  return account?.location ?? locations.find((location) => location === asked) ?? 'all';
};
