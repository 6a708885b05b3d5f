/** Questions, spinners and colours at a terminal, and Ctrl-C. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import events from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { anySubscription, interruptAse, nowhere, runAse } from './ase.ts';
import { atTerminal, keys, plainly, program } from './at-terminal.ts';

const device = `-g edge-rg -n edge-1 --subscription ${anySubscription}`;
const ase = (commandLine: string): string[] => program('../../cli.ts', ...commandLine.split(' '));
const terminal = plainly(nowhere);
const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;
const isCursorShown = (screen: string): boolean =>
  screen.lastIndexOf('\u001B[?25h') >= screen.lastIndexOf('\u001B[?25l');

suite('a command that waits', { concurrency: 2 }, () => {
  /** Takes connections, and never answers. */
  const silent = net.createServer();
  let env: NodeJS.ProcessEnv;
  before(async () => {
    silent.listen(0, '127.0.0.1');
    await events.once(silent, 'listening');
    env = { ...terminal, TEMPORAL_ADDRESS: `127.0.0.1:${(silent.address() as AddressInfo).port}` };
  });
  after(() => silent.close());

  test('shows a spinner on a terminal, and ends with 130 at Ctrl-C', async () => {
    const typing = [{ once: /Connecting to Temporal/, keys: keys.ctrlC }];
    const { code, screen } = await atTerminal(ase(`status ${device}`), typing, env);
    assert.match(screen, spinner);
    assert.match(screen, /Interrupted\. Nothing was changed\.\r\n$/);
    assert.ok(isCursorShown(screen));
    assert.equal(code, 130);
  });

  test('shows no spinner in continuous integration', async () => {
    const { screen } = await atTerminal(ase(`status ${device}`), [], { ...terminal, CI: 'true' });
    assert.match(screen, /no Temporal server answers/);
    assert.doesNotMatch(screen, spinner);
  });

  test('shows no spinner if its output is piped', async () => {
    const piped = ['sh', '-c', '"$@" | cat', 'sh', ...ase(`status ${device} -o json`)];
    const { screen } = await atTerminal(piped, [], terminal);
    assert.match(screen, /"type":"TemporalUnreachable"/);
    assert.doesNotMatch(screen, spinner);
  });

  test('shows no spinner without a terminal', async () => {
    const { stderr } = await runAse(`status ${device}`, nowhere);
    assert.doesNotMatch(stderr, spinner);
  });

  test('ends with 143 at SIGTERM', async () => {
    const [node = '', ...args] = ase(`status ${device} --verbose`);
    const child = spawn(node, args, { env });
    child.stderr.once('data', () => child.kill('SIGTERM'));
    assert.deepEqual(await events.once(child, 'close'), [143, null]);
  });

  test('reports at Ctrl-C that nothing was changed, without a terminal', async () => {
    const { code, stderr } = await interruptAse(`status ${device} --verbose`, /Temporal at/, env);
    assert.match(stderr, /Interrupted\. Nothing was changed\.\n$/);
    assert.equal(code, 130);
  });
});

suite('a question', { concurrency: 2 }, () => {
  const asked = { once: /Type keep/, keys: '' };

  test('is asked again with the reason until the answer is valid', async () => {
    const typing = [
      { ...asked, keys: `y${keys.enter}` },
      { once: /Only keep will do/, keys: `\u007Fkeep${keys.enter}` },
    ];
    const { code, screen } = await atTerminal(program('asks.ts'), typing, terminal);
    assert.match(screen, /answer: keep\r\n$/);
    assert.equal(code, 0);
  });

  for (const name of ['ctrlC', 'ctrlD', 'escape'] as const) {
    test(`is left by ${name}, which restores the terminal and ends with 130`, async () => {
      const { code, screen } = await atTerminal(program('asks.ts'), [{ ...asked, keys: keys[name] }], terminal);
      assert.match(screen, /Interrupted\. Nothing was changed\.\r\n$/);
      assert.ok(isCursorShown(screen));
      assert.equal(code, 130);
    });
  }
});

suite('colours', { concurrency: 2 }, () => {
  const doctor = ase('doctor -o jsonc');
  const env = { ...terminal, ASE_ARM_ENDPOINT: 'https://management.localhost:1' };

  test('are for terminals', async () => {
    assert.ok((await atTerminal(doctor, [], env)).screen.includes('\u001B[34m"check"'));
  });

  test('are not for pipes', async () => {
    assert.ok(!(await runAse('doctor -o jsonc', env)).stdout.includes('\u001B'));
  });

  test('are not for terminals with NO_COLOR', async () => {
    const { screen } = await atTerminal(doctor, [], { ...env, NO_COLOR: '1' });
    assert.match(screen, /"check"/);
    assert.ok(!screen.includes('\u001B[34m"check"'));
  });
});
