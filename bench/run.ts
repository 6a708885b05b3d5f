/**
 * `npm run bench`: a bare script, our workflow and a naive one, side by side on one local Azure at its real speed.
 * Prints tables, writes JSON, and exits with 1 when a target is missed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@temporalio/client';
import { ownTemporal, temporalToml } from '../scripts/stack/environment.ts';
import { stopAll } from '../scripts/stack/processes.ts';
import { removeAtEnd } from '../scripts/stack/reap-at-end.ts';
import { startSaying } from '../scripts/stack/say.ts';
import { findTemporalBinary } from '../scripts/stack/temporal-cli.ts';
import { connectTemporal } from '../scripts/stack/temporal-connection.ts';
import { startTemporalServer } from '../scripts/stack/temporal-server.ts';
import { summarise, type AccountFigures } from './figures.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { readOptions, usage, type BenchOptions } from './options.ts';
import { runRound, startOrder, type Round } from './round.ts';
import { openStage, type StageOptions } from './stage.ts';
import { figuresTable, verdictTable } from './table.ts';
import { judge } from './targets.ts';

const say = startSaying();

const main = async ({ rounds, accounts, out }: BenchOptions): Promise<number> => {
  const from = { date: new Date().toISOString(), commit: await describeCommit(), machine: describeMachine() };
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(stopAll);
  const folder = await temporaryFolder(cleanup);
  const { temporal, version, flags } = await startTemporal(folder);
  cleanup.defer(() => temporal.connection.close());
  say(`Temporal ${version}: ${flags.join(' ')}`);

  const measured: AccountFigures[] = [];
  for (const account of accounts) {
    measured.push(summarise(account, await runRounds({ account, rounds, temporal, folder })));
  }
  const verdicts = judge(measured);
  const report = { ...from, temporal: { version, flags }, accounts: measured, targets: verdicts };
  await writeFile(out, `${JSON.stringify(report, shortNumbers, 2)}\n`);

  for (const figures of measured) console.log(`\nAccount of ${figures.account} s\n\n${figuresTable(figures)}`);
  console.log(`\n${verdictTable(verdicts)}`);
  return verdicts.every(({ met }) => met) ? 0 : 1;
};

const shortNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toFixed(4)) : value;

const temporaryFolder = async (cleanup: AsyncDisposableStack): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ase-bench-'));
  const release = removeAtEnd(folder);
  cleanup.defer(async () => {
    await rm(folder, { recursive: true, force: true });
    release();
  });
  return folder;
};

const startTemporal = async (folder: string) => {
  const binary = await findTemporalBinary(process.env, say);
  const { address, flags } = await startTemporalServer({ binary, ui: false });
  const configFile = path.join(folder, 'temporal.toml');
  await writeFile(configFile, temporalToml(address));
  const variables = ownTemporal(address, configFile);
  const temporal = { variables, connection: await connectTemporal(variables) };
  return { temporal, version: binary.version, flags };
};

const runRounds = async (options: StageOptions): Promise<Round[]> => {
  const { account, temporal } = options;
  await using stage = await openStage(options);
  const client = new Client({ connection: temporal.connection });
  const rounds: Round[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`Account of ${account} s, round ${round} of ${options.rounds}: ${startOrder(round).join(', ')}`);
    rounds.push(await runRound(stage, client, round));
  }
  return rounds;
};

const optionsFrom = (args: string[]): BenchOptions | undefined => {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return undefined;
  }
};

const options = optionsFrom(process.argv.slice(2));
process.exitCode = options ? await main(options) : 2;
