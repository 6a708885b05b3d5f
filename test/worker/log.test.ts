/** The worker's log: lines of JSON on standard error that no terminal obeys and no retry floods. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { LogLevel } from '../../config.ts';

const logModule = new URL('../../worker/log.ts', import.meta.url).href;

/** What a process writes whose logger is used so. */
const written = async (level: LogLevel, use: string): Promise<string> => {
  const program = `import { createLogger } from ${JSON.stringify(logModule)}; const log = createLogger('${level}'); ${use}`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  assert.equal(stdout, '');
  return stderr;
};

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const attemptFailed = `log.warn('Activity failed', { sdkComponent: 'worker', error: new Error('busy'), attempt: 7 });`;

test('the log writes every control character as an escape, and keeps its meaning', async () => {
  const said = 'a\u001b[2Jb\u009b2Jc\u007fd\ne\u2028f\u202eg\u{e0041}h';
  const text = await written('info', `log.info('x', { said: ${JSON.stringify(said)} });`);
  assert.doesNotMatch(text.slice(0, -1), /[\p{Cc}\p{Cf}\u2028\u2029]/u);
  assert.equal(linesOf(text)[0]?.['said'], said);
});

test('the log names the device of a line, and no token that could end its attempt', async () => {
  const meta = `{ workflowId: 'ase:s/g/edge-1', taskToken: 'a-token' }`;
  const text = await written('info', `log.info('x', ${meta});`);
  assert.equal(linesOf(text)[0]?.['device'], 's/g/edge-1');
  assert.doesNotMatch(text, /a-token/);
});

test('the log keeps attempts that will be retried for the level debug', async () => {
  assert.equal(await written('info', attemptFailed), '');
  assert.equal(linesOf(await written('debug', attemptFailed)).length, 1);
});

test('the log warns of every other failure', async () => {
  const [line] = linesOf(await written('info', `log.warn('Workflow failed', { sdkComponent: 'worker' });`));
  assert.deepEqual([line?.['level'], line?.['msg']], [40, 'Workflow failed']);
});
