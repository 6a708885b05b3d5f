/** Plays the combinations of one shard, and prints what failed as one line of JSON. */
import { countOf, optionsOf } from '../../scripts/options.ts';
import { combinations } from '../domain/ownership-model.ts';
import { playCombination, procedureNames } from './ownership.ts';
import { sampleOf } from './sample.ts';

/** `all`: how many combinations there are, for all procedures. */
export type OwnershipReport = { all: number; played: number; failures: string[] };

// Whoever began this has gone, and nobody will read what comes of it.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();

const values = optionsOf({
  each: { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
  shard: { type: 'string', default: '0' },
  shards: { type: 'string', default: '1' },
});
const each = countOf('each', values.each);
const seed = countOf('seed', values.seed);
const shard = countOf('shard', values.shard);
const shards = countOf('shards', values.shards);

const chosen = procedureNames
  .flatMap((procedure) => sampleOf(combinations, each, seed).map((combination) => ({ procedure, combination })))
  .filter((_, index) => index % shards === shard);
const failures: string[] = [];
for (const { procedure, combination } of chosen) {
  await playCombination(procedure, combination).catch((error: unknown) => failures.push(String(error)));
}
const all = combinations.length * procedureNames.length;
console.log(JSON.stringify({ all, played: chosen.length, failures } satisfies OwnershipReport));
