/** The command line as a process, as a user has it. */
import { spawn } from 'node:child_process';
import events from 'node:events';
import { fileURLToPath } from 'node:url';
import { surroundings } from '../../scripts/stack/environment.ts';
import { runNode, type Ended } from '../server/programs.ts';

const program = fileURLToPath(new URL('../../cli.ts', import.meta.url));

export const runAse = (commandLine: string | readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  runNode(program, typeof commandLine === 'string' ? commandLine.split(' ').filter(Boolean) : commandLine, env);

/** Presses Ctrl-C as soon as standard error has said so. */
export const interruptAse = async (commandLine: string, once: RegExp, env: NodeJS.ProcessEnv): Promise<Ended> => {
  const child = spawn(process.execPath, [program, ...commandLine.split(' ')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => {
    const before = once.test(said.stderr);
    said.stderr += String(chunk);
    if (!before && once.test(said.stderr)) child.kill('SIGINT');
  });
  const [code] = (await events.once(child, 'close')) as [number];
  return { code, ...said };
};

export const anySubscription = '11111111-2222-3333-4444-555555555555';

/** Surroundings in which nothing answers: a command that tries to connect says so with exit code 4. */
export const nowhere: NodeJS.ProcessEnv = {
  ...surroundings(process.env),
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  TEMPORAL_CONFIG_FILE: fileURLToPath(new URL('temporal.toml', import.meta.url)),
};
