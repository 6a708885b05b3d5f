import type { ArmCall } from '../arm/provider.ts';
import { own, textIn } from '../json.ts';
import { existing } from './account.ts';
import { answer, invalid } from './answers.ts';
import type { AccountKey, AccountKeys, StorageAccount } from './state.ts';

export const newKeys = (now: number): AccountKeys => ({
  key1: { createdAt: now, generation: 1 },
  key2: { createdAt: now, generation: 1 },
});

export const listKeys = (call: ArmCall): Response => answer(keysBody(existing(call)));

/** The old value ends; the answer holds both keys (documented). */
export const regenerateKey = (call: ArmCall): Response => {
  const account = existing(call);
  const keyName = textIn(call.body, 'keyName') ?? '';
  const key = own<AccountKey>(account.keys, keyName);
  if (!key) throw invalid('keyName.');
  account.keys = { ...account.keys, [keyName]: { createdAt: call.now, generation: key.generation + 1 } };
  return answer(keysBody(account));
};

/** Key values are made up and open nothing: whoever calls this only proves that it may. */
const keysBody = ({ name, keys }: StorageAccount): object => ({
  keys: Object.entries(keys).map(([keyName, { createdAt, generation }]) => ({
    creationTime: new Date(createdAt).toISOString(),
    keyName,
    value: Buffer.from(`local-azure/${name}/${keyName}/${generation}`.padEnd(64, '.')).toString('base64'),
    permissions: 'FULL',
  })),
});
