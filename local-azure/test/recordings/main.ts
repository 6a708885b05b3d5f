/** `npm run replay -- FILE`: plays a file of recordings, or without one the recordings beside the project. */
import { readExchanges } from './exchange.ts';
import { replay } from './replay.ts';
import { reportOf } from './report.ts';
import { absent, recordingsAskedFor, recordingsBeside } from './shared.ts';

const usage = `Usage: npm run replay -- [FILE]

Plays recorded traffic of Azure to a local Azure and prints how much of its answers matches: statuses, error codes,
headers, members and values, each as "n of m". FILE has one exchange a line; the variable RECORDINGS may name it instead.
Without either, the recordings beside the project are played.
`;

/** Returns the exit code: 0 played, 1 nothing to play or not readable, 2 not understood. */
const main = async ([named, ...more]: string[]): Promise<number> => {
  if (more.length > 0 || named?.startsWith('-')) {
    process.stderr.write(usage);
    return 2;
  }
  const file = named ?? recordingsAskedFor ?? recordingsBeside;
  if (file === undefined) {
    process.stderr.write(`${absent}\n`);
    return 1;
  }
  try {
    const exchanges = await readExchanges(file);
    process.stdout.write(reportOf(await replay(exchanges)));
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
};

process.exitCode = await main(process.argv.slice(2));
