/** What may happen in the life of a device's key vault: plain data, so that a life that went wrong can be kept. */
import fc from 'fast-check';

export const beginnings = ['new device', 'key issued', 'device in use', 'vault lost'] as const;

export const procedures = [
  'generateActivationKey',
  'regenerateActivationKey',
  'deleteDevice',
  'deleteKeyVault',
  'recoverKeyVault',
  'repairDevice',
] as const;

/** Faults of one request of the worker. */
export const requestFaults = [
  'refuse',
  'reset',
  'loseAnswer',
  'deliverTwice',
  'truncateBody',
  'cutJson',
  'htmlPage',
  'throttle',
  'busy',
  'internal error',
  'forbidden',
  'procedure cancelled meanwhile',
  'gateway timeout, executed late',
  'hang',
  'hang, executed late',
  'worker dies before',
  'worker dies after',
  'worker dies, executed late',
] as const;

/** What Azure answers to all requests of the worker of a kind, for as long as it lasts. */
export const outages = [
  'a policy denies locks',
  'a policy denies vaults',
  'a policy denies storage accounts',
  'a policy denies diagnostic settings',
  'Resource Manager throttles',
  'the vault throttles',
  'the token service throttles',
  'the token service refuses',
  'the token service is silent',
] as const;

/** What people and programs beside us do, with rights for it. */
export const deedsOfOthers = [
  'lock the vault',
  'lock the group read-only',
  'remove their locks',
  'remove our lock',
  'grant a stranger access',
  'take access from the device',
  'write a secret',
  'replace the channel integrity key',
  'delete the activation key',
  'delete the channel integrity key',
  'delete the vault',
  'recover the vault',
  'purge the vault',
  'close the firewall',
  'open the firewall',
  'strip the tags',
  'remove the diagnostic setting',
  'take the right to delete locks',
  'take the right to write vaults',
  'give the rights back',
  'activate the device',
  'recreate the device',
] as const;

/** How a message may be wrong. */
export const mistakes = ['none', 'none', 'none', 'another vault', 'another number'] as const;

export type Happening =
  /** `eager`: whatever the procedure lets be said in advance is said. */
  | { start: (typeof procedures)[number]; eager?: boolean }
  | { decide: 'retry' | 'skip' | 'abort'; mistake?: (typeof mistakes)[number] }
  | {
      consent: 'delete-vault' | 'keep-vault' | 'cancel';
      mistake?: (typeof mistakes)[number];
      /** Also releases the locks of others that were shown. */
      release?: boolean;
    }
  | { cancel: true }
  | { crash: true }
  /**
   * Of the worker's request that is so many away, 0 the next one, counting all or its writes alone. `late`: seconds until it
   * is executed after all, as long as Azure may take with one.
   */
  | { fault: (typeof requestFaults)[number]; away: number; of: 'requests' | 'writes'; late?: number }
  /** For so many minutes. */
  | { outage: (typeof outages)[number]; minutes: number }
  /** The next read so many away is answered from before the last write. */
  | { staleRead: number }
  | { others: (typeof deedsOfOthers)[number] }
  /** So many events of the driver, fewer where a person is waited for. */
  | { events: number }
  | { hours: number };

const late = fc.integer({ min: 1, max: 80 });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ start: fc.constantFrom(...procedures), eager: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      decide: fc.constantFrom('retry', 'retry', 'skip', 'abort'),
      mistake: fc.constantFrom(...mistakes),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      consent: fc.constantFrom('delete-vault', 'delete-vault', 'delete-vault', 'keep-vault', 'cancel'),
      mistake: fc.constantFrom(...mistakes),
      release: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ cancel: true as const }) },
  { weight: 1, arbitrary: fc.constant({ crash: true as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      fault: fc.constantFrom(...requestFaults),
      away: fc.nat(20),
      of: fc.constant('requests' as const),
      late,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      fault: fc.constantFrom(...requestFaults),
      away: fc.nat(4),
      of: fc.constant('writes' as const),
      late,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ outage: fc.constantFrom(...outages), minutes: fc.integer({ min: 1, max: 200 }) }),
  },
  { weight: 1, arbitrary: fc.record({ staleRead: fc.nat(10) }) },
  { weight: 5, arbitrary: fc.record({ others: fc.constantFrom(...deedsOfOthers) }) },
  { weight: 8, arbitrary: fc.record({ events: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 8, arbitrary: fc.record({ events: fc.constant(200) }) },
  { weight: 1, arbitrary: fc.record({ hours: fc.integer({ min: 1, max: 100 }) }) },
);

export type Life = {
  beginning: (typeof beginnings)[number];
  /** How many milliseconds the tokens live that the worker holds at first; it signs in for new ones. */
  tokensLeft?: number;
  happenings: Happening[];
};

export const anyLife = (most: number): fc.Arbitrary<Life> =>
  fc.record({
    beginning: fc.constantFrom(...beginnings),
    tokensLeft: fc.integer({ min: 0, max: 90 * 60_000 }),
    happenings: fc.array(happening, { minLength: 6, maxLength: most, size: 'max' }),
  });
