import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectControl } from '../control-client.ts';
import { preparedDevice } from './edge.ts';
import { serve } from '../serve/index.ts';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));
const controlProgram = fileURLToPath(new URL('../control/main.ts', import.meta.url));
const deviceProgram = fileURLToPath(new URL('../device/main.ts', import.meta.url));

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'serve-process-'));
});
after(() => rm(folder, { recursive: true }));

type Ended = { code: number | null; stdout: string; stderr: string };

const start = (file: string, args: string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [file, ...args], { cwd: folder, env: {} });

const run = async (file: string, args: string[], input = ''): Promise<Ended> => {
  const child = start(file, args);
  child.stdin.end(input);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr };
};

type Ready = {
  port: number;
  caFile: string;
  armEndpoint: string;
  authorityHost: string;
  controlEndpoint: string;
  vaultSuffix: string;
  blobSuffix: string;
  principals: Record<string, Record<string, string>>;
} & Record<string, unknown>;

const whileRunning = async (
  args: string[],
  use: (ready: Ready, child: ChildProcessWithoutNullStreams) => Promise<void>,
): Promise<void> => {
  const child = start(program, args);
  const exit = once(child, 'exit');
  try {
    const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), exit])) as [unknown];
    assert.equal(typeof line, 'string', `it ended with ${String(line)} before it was ready`);
    await use(JSON.parse(line as string) as Ready, child);
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
};

test('one line of JSON shows all addresses and the principals that may sign in', async () => {
  await whileRunning(['--port', '0'], async (ready) => {
    const { port, principals, ...rest } = ready;
    assert.equal(ready.armEndpoint, `https://management.localhost:${port}`);
    assert.equal(ready.authorityHost, `https://login.localhost:${port}`);
    assert.equal(ready.controlEndpoint, `https://control.localhost:${port}`);
    assert.deepEqual([ready.vaultSuffix, ready.blobSuffix], ['.vault.localhost', '.blob.localhost']);
    assert.match(String(rest['tenantId']), /^[0-9a-f-]{36}$/);
    assert.match(String(rest['subscriptionId']), /^[0-9a-f-]{36}$/);
    assert.deepEqual(Object.keys(principals).toSorted(), ['operator', 'owner', 'reader', 'worker']);
    assert.deepEqual(Object.keys(principals['worker'] ?? {}).toSorted(), ['clientId', 'clientSecret', 'objectId']);
  });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends the process with code 0 and leaves nothing behind`, async () => {
    const caFile = path.join(folder, 'made', `${signal}.pem`);
    await whileRunning(['--port', '0', '--ca-file', caFile], async (ready, child) => {
      assert.equal(ready.caFile, caFile);
      const control = await connectControl(ready);
      await control.requests();
      const exit = once(child, 'exit');
      child.kill(signal);
      assert.deepEqual(await exit, [0, null]);
      control.close();
      assert.equal(existsSync(caFile), false);
    });
  });
}

test('the demo world has devices to activate', async () => {
  await whileRunning(['--port', '0', '--seed-demo'], async (ready) => {
    const control = await connectControl(ready);
    const result = await control.activateDevice('edge-1', 'no key');
    control.close();
    assert.equal(result.activated ? 'activated' : result.code, 'KeyMalformed');
  });
});

test('an explicit clock stops until it is advanced, and a reset restores the demo world', async () => {
  await whileRunning(['--port', '0', '--seed-demo', '--clock', 'explicit'], async (ready) => {
    const control = await connectControl(ready);
    const { mode, now } = await control.call('readClock');
    assert.equal(mode, 'explicit');
    assert.equal((await control.call('advanceClock', { days: 90 })).now, now + 90 * 86_400_000);
    assert.equal((await control.call('readClock')).now, now + 90 * 86_400_000);
    await control.call('reset');
    const result = await control.activateDevice('edge-1', 'no key');
    assert.equal(result.activated ? 'activated' : result.code, 'KeyMalformed');
    control.close();
  });
});

test('a port in use causes one clear line and exit code 2', async () => {
  await whileRunning(['--port', '0'], async ({ port }) => {
    const { code, stdout, stderr } = await run(program, ['--port', String(port)]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(stderr, `local-azure: port ${port} is taken; --port 0 takes any free one\n`);
  });
});

test('an invalid option causes one clear line and exit code 2', async () => {
  const { code, stdout, stderr } = await run(program, ['--port', 'x']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(stderr, "local-azure: --port must be a number from 0 to 65535, not 'x'\n");
});

test('an authority that cannot be written causes one clear line and exit code 2', async () => {
  const { code, stdout, stderr } = await run(program, ['--port', '0', '--ca-file', folder]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(stderr, `local-azure: --ca-file ${folder} cannot be written (EISDIR)\n`);
});

test('--version prints the version of the package and starts nothing', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as Ready;
  assert.deepEqual(await run(program, ['--version']), { code: 0, stdout: `${String(version)}\n`, stderr: '' });
});

for (const help of ['--help', '-h']) {
  test(`${help} lists the options and starts nothing`, async () => {
    const { code, stdout, stderr } = await run(program, [help]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^Usage: local-azure \[options\]\n[^]*--seed-demo /);
  });
}

test('the device program reads a key from its input and prints the answer of the device', async () => {
  const tenant = await preparedDevice();
  const served = await serve(tenant.azure, { port: 0 });
  try {
    const file = path.join(folder, 'local-azure.json');
    await writeFile(file, JSON.stringify(served.addresses));
    const first = await run(deviceProgram, ['activate', 'edge-1', '--local-azure', file], tenant.key);
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.match(first.stdout, /^Device edge-1 is online \(serial number LOCAL-[0-9A-F]{8}\)\.\nKeyVaultSynced: BMC/);
    const second = await run(deviceProgram, ['activate', 'edge-1', '--local-azure', file], tenant.key);
    assert.deepEqual([second.code, second.stdout], [1, '']);
    assert.equal(second.stderr, 'DeviceAlreadyActivated: Device "edge-1" is already activated.\n');
  } finally {
    await served.close();
  }
});

test('the device program reports that no local Azure is found', async () => {
  const { code, stderr } = await run(deviceProgram, ['activate', 'edge-1'], 'key');
  assert.equal(code, 1);
  assert.match(stderr, /^No running local Azure found through \.local\/local-azure\.json: /);
});

for (const args of [[], ['activate'], ['explode', 'edge-1'], ['activate', 'edge-1', '--fast']]) {
  test(`the device program refuses "${args.join(' ')}" and shows its usage`, async () => {
    const { code, stderr } = await run(deviceProgram, args);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: npm run -s device -- activate NAME/);
  });
}

test('the control program calls a function and prints the result', async () => {
  const tenant = await preparedDevice();
  const served = await serve(tenant.azure, { port: 0 });
  try {
    const file = path.join(folder, 'controlled.json');
    await writeFile(file, JSON.stringify(served.addresses));
    const control = (...args: string[]) => run(controlProgram, [...args, '--local-azure', file]);
    const kept = await control('snapshot', '{"id":"before"}');
    assert.deepEqual(kept, { code: 0, stdout: '{"id":"before"}\n', stderr: '' });
    assert.deepEqual(await control('neverRegister', '{"namespace":"Microsoft.Storage"}'), {
      code: 0,
      stdout: '',
      stderr: 'done\n',
    });
    const refused = await control('assignRole', '{"principal":"worker","role":"Caretaker"}');
    assert.deepEqual([refused.code, refused.stdout], [1, '']);
    assert.match(refused.stderr, /^There is no role 'Caretaker': Owner, /);
    await served.close();
    const late = await control('readClock');
    assert.equal(late.code, 1);
    assert.match(late.stderr, /^No running local Azure found through \S+controlled\.json: /);
  } finally {
    await served.close();
  }
});

for (const args of [[], ['--help']]) {
  test(`the control program lists its functions for "${args.join(' ')}"`, async () => {
    const { code, stderr } = await run(controlProgram, args);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: npm run -s control -- FUNCTION \[JSON\][^]*\n {2}register: registers/);
  });
}

for (const [args, said] of [
  [['explode'], /^No function 'explode'\. Run without arguments for the list\.\n$/],
  [['register', 'not json'], /^not json is not JSON: type register, as in '\{"namespace":"Microsoft\.Storage"\}'\.\n$/],
  [['reset', '{'], /^\{ is not JSON: type reset\.\n$/],
  [['register', '{}', 'more'], /^Type one JSON object after register, in quotes; got also 'more'\.\n$/],
  [['register', '--fast'], /^Unknown option '--fast'.*\n$/],
] as const) {
  test(`the control program explains in one line why it refuses "${args.join(' ')}"`, async () => {
    const { code, stderr } = await run(controlProgram, [...args]);
    assert.match(stderr, said);
    assert.equal(code, 2);
  });
}
