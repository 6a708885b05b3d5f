/** Programs that end by themselves, run as a user would. */
import { execFile } from 'node:child_process';

export type Ended = { code: number; stdout: string; stderr: string };

/** @param timeout in milliseconds */
export const run = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeout = 150_000,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });

/** A program of this repository, under the Node that runs the tests. */
export const runNode = (script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  run(process.execPath, [script, ...args], env);
