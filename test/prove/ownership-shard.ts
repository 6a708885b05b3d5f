/** Plays the combinations of one shard, and prints what failed as one line of JSON. */
import { parseArgs } from 'node:util';
import { combinations } from '../domain/ownership-model.ts';
import { playCombination, procedureNames } from './ownership.ts';
import { sampleOf } from './sample.ts';

/** `all`: how many combinations there are, for all procedures. */
export type OwnershipReport = { all: number; played: number; failures: string[] };

// Whoever began this has gone, and nobody will read what comes of it.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();

const { values } = parseArgs({
  options: {
    each: { type: 'string' },
    seed: { type: 'string' },
    shard: { type: 'string' },
    shards: { type: 'string' },
  },
});
const [each = 0, seed = 0, shard = 0, shards = 1] = [values.each, values.seed, values.shard, values.shards].map(Number);

const chosen = procedureNames
  .flatMap((procedure) => sampleOf(combinations, each, seed).map((combination) => ({ procedure, combination })))
  .filter((_, index) => index % shards === shard);
const failures: string[] = [];
for (const { procedure, combination } of chosen) {
  await playCombination(procedure, combination).catch((error: unknown) => failures.push(String(error)));
}
const all = combinations.length * procedureNames.length;
console.log(JSON.stringify({ all, played: chosen.length, failures } satisfies OwnershipReport));
