/** What a session has changed by itself: from there on nothing of it is presupposed any more. */
import { fold, type ArmTarget } from '../../arm/path.ts';
import { textIn } from '../../json.ts';
import { destinationOf } from './destination.ts';
import { bodyOf, hasSucceeded, type Exchange } from './exchange.ts';
import { nameOf } from './resources.ts';

/** Keys (presupposition.ts) of what a recorded exchange changed. */
export const changedBy = (exchange: Exchange): string[] => {
  if (exchange.method === 'GET' || exchange.method === 'HEAD' || !hasSucceeded(exchange)) return [];
  const destination = destinationOf(exchange.url);
  switch (destination.to) {
    case 'arm':
      return changedInArm(exchange, destination.target).map(fold);
    case 'vault':
      return changedInVault(exchange, destination.vaultName, destination.segments).map(fold);
    case 'elsewhere':
      return [];
  }
};

const changedInArm = (
  { method }: Exchange,
  { id, pattern, names, subscriptionId = '', scope }: ArmTarget,
): string[] => {
  if (/\/providers\/\{\}\/(un)?register$/.test(pattern)) return [`registration ${subscriptionId}/${names[1] ?? ''}`];
  if (pattern.endsWith('/updateextendedinformation')) return [`linked ${id}`];
  if (pattern.endsWith('/purge')) return [`deleted vault ${names.at(-1) ?? ''}`];
  if (!pattern.endsWith('{}')) return [];
  const own = [`resource ${id}`, ...(method === 'DELETE' ? [`deleted vault ${nameOf(id)}`] : [])];
  return pattern.startsWith('locks/') ? [...own, `lock ${scope}`] : own;
};

/** A new version says nothing of a deleted secret of the name: it would have been refused. */
const changedInVault = (exchange: Exchange, vaultName: string, segments: string[]): string[] => {
  const name = fold(segments[1] ?? '');
  if (segments[2] === 'backup') return [`backup ${textIn(bodyOf(exchange), 'value') ?? ''}`];
  const restored = name === 'restore' ? textIn(bodyOf(exchange), 'id')?.split('/')[4] : undefined;
  const secret = `${vaultName}/${restored ?? name}`;
  return exchange.method === 'PUT' ? [`secret ${secret}`] : [`secret ${secret}`, `deleted secret ${secret}`];
};
