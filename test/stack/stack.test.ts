import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Checkout, everyProcessIsGone, makeCheckout, nobodyListens } from './checkout.ts';
import { eventually } from './eventually.ts';

describe('npm run dev', { concurrency: 3 }, () => {
  test(
    'reports that it is ready and leaves the operator’s variables for other terminals',
    withCheckout(async (checkout) => {
      const dev = checkout.start('dev');
      const variables = await checkout.variables(dev);
      assert.equal(variables['AZURE_CLIENT_ID'], 'operator-id');
      assert.equal(variables['AZURE_CLIENT_SECRET'], 'operator-secret');
      assert.equal(variables['ASE_ARM_ENDPOINT'], 'https://management.localhost:1');
      assert.match(variables['TEMPORAL_ADDRESS'] ?? '', /^127\.0\.0\.1:\d+$/);
      assert.match(await checkout.read('runs'), /^worker worker-id readers operator-oid$/m);
      assert.equal(
        await eventually('it says ready', () => dev.stdout() || undefined),
        'Ready. In another terminal: set -a; . .local/env; set +a; npx ase doctor\n',
      );
    }),
  );

  test(
    'lets the operator and the worker read the audit log',
    withCheckout(async (checkout) => {
      const dev = checkout.start('dev');
      await checkout.variables(dev);
      const granted = (await checkout.read('runs')).split('\n').filter((line) => line.startsWith('control'));
      assert.deepEqual(granted, [
        'control assignRole operator Storage Blob Data Reader',
        'control assignRole worker Storage Blob Data Reader',
      ]);
    }),
  );

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(
      `on ${signal} ends with 0 and leaves no process, no port and no file`,
      withCheckout(async (checkout) => {
        const dev = checkout.start('dev');
        const variables = await checkout.variables(dev);
        dev.process.kill(signal);
        dev.process.kill(signal); // as npm passes on what the terminal has sent already
        assert.equal(await dev.ended, 0);
        assert.deepEqual(await checkout.local(), []);
        await everyProcessIsGone(await checkout.read('pids'));
        await nobodyListens(variables['TEMPORAL_ADDRESS'] ?? '');
      }),
    );
  }

  test(
    'killed leaves no process, no port and no variables, and the next run comes up',
    withCheckout(async (checkout) => {
      const dev = checkout.start('dev');
      const variables = await checkout.variables(dev);
      dev.process.kill('SIGKILL');
      await everyProcessIsGone(await checkout.read('pids'));
      await nobodyListens(variables['TEMPORAL_ADDRESS'] ?? '');
      await eventually('the variables are gone', async () => !(await checkout.local()).includes('env'));

      const next = checkout.start('dev');
      assert.notEqual((await checkout.variables(next))['TEMPORAL_ADDRESS'], variables['TEMPORAL_ADDRESS']);
    }),
  );

  test(
    'ends when npm’s shell around it is killed',
    withCheckout(async (checkout) => {
      const shell = checkout.startInShell('dev');
      const variables = await checkout.variables(shell);
      shell.process.kill('SIGKILL');
      await everyProcessIsGone(await checkout.read('pids'));
      await nobodyListens(variables['TEMPORAL_ADDRESS'] ?? '');
      await eventually('no file is left', async () => (await checkout.local()).length === 0);
    }),
  );

  test(
    'refuses a second run in one checkout with one line, exits 2 and disturbs nothing',
    withCheckout(async (checkout) => {
      const first = checkout.start('dev');
      const variables = await checkout.variables(first);
      const second = checkout.start('dev');
      assert.equal(await second.ended, 2);
      assert.match(second.stderr(), new RegExp(`^A stack is already running .*process ${first.process.pid}.*\n$`));
      assert.deepEqual({ ...(await checkout.variables(first)) }, { ...variables });
    }),
  );

  test(
    'interrupted before it is ready leaves nothing',
    withCheckout(async (checkout) => {
      const dev = checkout.start('dev');
      await eventually('something has been started', () => checkout.read('pids').then(Boolean));
      dev.process.kill('SIGINT');
      assert.equal(await dev.ended, 130);
      assert.deepEqual(await checkout.local(), []);
      await everyProcessIsGone(await checkout.read('pids'));
    }),
  );

  test(
    'ends with the last output of the worker if the worker cannot start',
    withCheckout(async (checkout) => {
      await checkout.mark('worker-fails');
      const dev = checkout.start('dev');
      assert.equal(await dev.ended, 1);
      assert.match(
        dev.stderr(),
        /worker: ended \(exit code 2\) before it was ready\n {2}AZURE_TENANT_ID is not a tenant/,
      );
      assert.deepEqual(await checkout.local(), []);
    }),
  );

  test(
    'ends when one of its processes ends by itself',
    withCheckout(async (checkout) => {
      const dev = checkout.start('dev');
      await checkout.variables(dev);
      process.kill(Number((await checkout.read('pids')).trim().split('\n').at(-1)), 'SIGKILL');
      assert.equal(await dev.ended, 1);
      assert.match(dev.stderr(), /worker: ended \(SIGKILL\)/);
      assert.deepEqual(await checkout.local(), []);
    }),
  );
});

describe('npm run demo', { concurrency: 2 }, () => {
  test(
    'plays the whole life as the operator, with the right to delete only while it is needed, and exits 0',
    withCheckout(async (checkout) => {
      const demo = checkout.start('demo');
      assert.equal(await demo.ended, 0, demo.stderr());
      const runs = (await checkout.read('runs')).trim().split('\n');
      const atEnd = runs.slice(runs.findIndex((line) => line.startsWith('cli')));
      assert.deepEqual(
        atEnd.map((line) => line.replace(/^cli operator-id /, '')),
        wholeLife,
      );
      await everyProcessIsGone(await checkout.read('pids'));
    }),
  );

  test(
    'names the step that failed in its last line and exits 1',
    withCheckout(async (checkout) => {
      await checkout.mark('key-show-fails');
      const demo = checkout.start('demo');
      assert.equal(await demo.ended, 1);
      assert.match(demo.stderr(), /\nFailed step: ase key show -g edge-rg -n edge-1 --out-file \S+\n$/);
    }),
  );

  test(
    'fails if a live key is refused for another reason',
    withCheckout(async (checkout) => {
      await checkout.mark('other-refusal');
      const demo = checkout.start('demo');
      assert.equal(await demo.ended, 1);
      assert.match(demo.stderr(), /^refused as VaultMissing\nFailed step: ase key regenerate/m);
    }),
  );

  test(
    'revokes the right to delete after a failed deletion',
    withCheckout(async (checkout) => {
      await checkout.mark('vault-delete-fails');
      const demo = checkout.start('demo');
      assert.equal(await demo.ended, 1);
      assert.match(await checkout.read('runs'), /\ncontrol unassignRole worker Edge Key Vault Deleter\n$/);
    }),
  );
});

const wholeLife = [
  'key generate edge-2 --no-wait',
  'key generate edge-1',
  'key show edge-1',
  'device activate edge-1 < the key',
  'device show edge-1 --fail-on-drift',
  'key generate edge-2',
  'key regenerate edge-2',
  'key regenerate edge-2 --supersede',
  'audit edge-2',
  'control assignRole worker Edge Key Vault Deleter',
  'vault delete edge-2 --consent delete-vault --vault-name vault-of-edge-2',
  'vault recover edge-2',
  'device show edge-2 --fail-on-drift',
  'device delete edge-2 --confirm edge-2 --consent keep-vault --vault-name vault-of-edge-2',
  'device delete edge-1 --confirm edge-1 --allow-online',
  'status edge-1',
  'consent edge-1 --decision delete-vault --vault-name vault-of-edge-1 --inventory 7 ' +
    '--by security officer --reason device retired',
  'status edge-1 --watch',
  'control unassignRole worker Edge Key Vault Deleter',
  'vault recover edge-1',
];

describe('npm start', () => {
  test(
    'activates a device, prints what to read and to try, and runs until Ctrl-C',
    withCheckout(async (checkout) => {
      const start = checkout.start('start');
      await eventually('it invites', () => start.stdout().includes('Ctrl-C ends everything.'));
      assert.match(start.stdout(), /Temporal UI {3}http:\/\/127\.0\.0\.1:\d+/);
      assert.match(start.stdout(), /set -a; \. \.local\/env; set \+a\n {2}npx ase device show -g edge-rg -n edge-1\n/);
      start.process.kill('SIGINT');
      assert.equal(await start.ended, 0);
      assert.deepEqual(await checkout.local(), []);
    }),
  );
});

function withCheckout(body: (checkout: Checkout) => Promise<void>): () => Promise<void> {
  return async () => {
    const checkout = await makeCheckout();
    try {
      await body(checkout);
    } finally {
      await checkout.remove();
    }
  };
}
