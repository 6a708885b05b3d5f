/** Plays a shard of the cases and prints what came of them as one line of JSON. */
import { countOf, optionsOf } from '../../scripts/options.ts';
import { playCauses } from './causes.ts';

// Whoever began this has gone, and nobody will read what comes of it.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();

const values = optionsOf({
  seed: { type: 'string', default: '1' },
  each: { type: 'string', default: '1000' },
  shard: { type: 'string', default: '0' },
  shards: { type: 'string', default: '1' },
});
const report = await playCauses({
  seed: countOf('seed', values.seed),
  each: countOf('each', values.each),
  shard: { index: countOf('shard', values.shard), of: countOf('shards', values.shards) },
});
console.log(JSON.stringify(report));
