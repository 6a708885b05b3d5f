import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anySubscription, nowhere, runAse } from './ase.ts';

const device = `-g edge-rg -n edge-1 --subscription ${anySubscription}`;

suite('a wrong command line starts nothing and prints what to type', { concurrency: 2 }, () => {
  const cases: [commandLine: string, said: RegExp][] = [
    ['', /Usage: ase/],
    ['key', /generate/],
    ['kye generate', /Did you mean key\?/],
    ['key genrate', /Did you mean generate\?[\s\S]*ase key --help/],
    [`key generate ${device} --adit first`, /Did you mean --audit\?[\s\S]*ase key generate -g edge-rg -n edge-1/],
    [`key generate ${device} --audit never`, /Allowed choices are first, after/],
    [`key generate ${device} surplus`, /too many arguments/],
    ['key generate', /-g\/--resource-group and -n\/--name missing[\s\S]*-g <resource group> -n <device>/],
    ['key generate -g edge-rg -n edge-1', /AZURE_SUBSCRIPTION_ID/],
    [`key generate -g edge-rg -n edge_1 --subscription ${anySubscription}`, /--name "edge_1".*\s+.*letters, digits/],
    ['key generate -g edge-rg -n edge-1 --subscription mine', /--subscription "mine".*\s+.*GUID/],
    ['status --id /subscriptions/x', /must be the ARM id of a device, like \/subscriptions\//],
    ['status --id /subscriptions/x -n edge-1', /Give either --id, or -g and -n/],
    [`status ${device} -o xml`, /Allowed choices are json, jsonc, yaml, table, tsv, none/],
    [`status ${device} --query steps[`, /Not a JMESPath expression.*For example: --query 'keyVault\.name'/],
    [`status ${device} --query size(steps)`, /JMESPath has no function size\(\)/],
    ['completion tcsh', /Allowed choices are bash, zsh, fish[\s\S]*source <\(ase completion bash\)/],
    ['completion', /missing required argument 'shell'[\s\S]*ase completion bash/],
    [`blocked abort ${device}`, /--reason/],
    [`blocked retry ${device} --reason why --input nonsense`, /--input '\{"keyVaultName"/],
    [`blocked abort ${device} --reason why --by ${'x'.repeat(201)}`, /by must be one line of 1 to 200/],
    [`audit ${device} --since yesterday`, /since must be like 90m, 24h or 7d/],
    ['blocked list -g edge-rg', /AZURE_SUBSCRIPTION_ID/],
    ['blocked retry --all --reason why --yes', /--all requires a cause[\s\S]*ase blocked list/],
    ['blocked retry --all --failure PolicyDenied --reason why', /no terminal to confirm[\s\S]*Add --yes/],
    [`blocked retry ${device} --all --step x --reason why --yes`, /--all excludes -n and --id/],
    [`blocked retry ${device} --failure PolicyDenied --reason why`, /--failure requires --all/],
    ['blocked retry --all --step x --reason why --yes --input {"keyVaultName":"kv-one"}', /one key vault cannot serve/],
    [`device delete ${device}`, /--confirm[\s\S]*ase device delete -g edge-rg -n edge-1 --confirm edge-1/],
    [`device delete ${device} --confirm edge-2`, /"edge-2" is not the name of the device[\s\S]*--confirm edge-1/],
    [`device delete ${device} --confirm edge-1 --consent delete-vault`, /--vault-name <name of the key vault>/],
    [`device delete ${device} --confirm edge-1 --consent cancel`, /Allowed choices are delete-vault, keep-vault/],
    [`device delete ${device} --confirm edge-1 --vault-name kv-one`, /--vault-name requires --consent/],
    [`vault delete ${device} --vault-name 1st`, /keyVaultName must have 3 to 24 letters/],
    [`vault delete ${device} --consent keep-vault`, /--vault-name <name of the key vault>/],
    [`consent ${device} --vault-name kv-one`, /--decision/],
    [`consent ${device} --decision keep-vault`, /--vault-name/],
    [
      `consent ${device} --decision delete-vault --vault-name kv-one --inventory one`,
      /number shown with the inventory/,
    ],
    [
      `consent ${device} --decision keep-vault --vault-name kv-one --release-lock x`,
      /requires the decision "delete-vault"/,
    ],
    [`key show ${device} --out-file /dev/null`, /\/dev\/null already exists/],
  ];
  for (const [commandLine, said] of cases) {
    test(`ase ${commandLine}`, async () => {
      const { code, stdout, stderr } = await runAse(commandLine, nowhere);
      assert.match(stderr.replaceAll('\\n', '\n').replaceAll('\\"', '"'), said);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    });
  }

  test('an invalid environment variable is named', async () => {
    const { code, stderr } = await runAse(`status ${device}`, { ...nowhere, ASE_ARM_ENDPOINT: 'nonsense' });
    assert.match(stderr, /ASE_ARM_ENDPOINT must be an https URL/);
    assert.equal(code, 2);
  });

  test('invalid input is refused before the operation starts', async () => {
    const { code, stderr } = await runAse(`key generate ${device} --vault-name 1st`, nowhere);
    assert.match(stderr, /keyVaultName must have 3 to 24 letters/);
    assert.equal(code, 2);
  });
});

suite('an error is written in the format that was chosen', { concurrency: 2 }, () => {
  const unreachable: [options: string, said: RegExp][] = [
    ['-o json', /^\{"error":\{"type":"TemporalUnreachable","message":"no Temporal server[^\n]*\}\}\n$/],
    ['-o jsonc', /^\{\n {2}"error": \{\n {4}"type": "TemporalUnreachable",\n/],
    ['-o yaml', /^error:\n {2}type: TemporalUnreachable\n {2}message: /],
    ['-o table', /^TemporalUnreachable: no Temporal server/],
    ['-o tsv', /^TemporalUnreachable: no Temporal server/],
    ['-o none', /^TemporalUnreachable: no Temporal server/],
    ['', /^\{"error":/],
  ];
  for (const [options, said] of unreachable) {
    test(`ase status ${options}`, async () =>
      assert.match((await runAse(`status ${device} ${options}`, nowhere)).stderr, said));
  }

  const wrong: [commandLine: string, said: RegExp][] = [
    ['status --nonsense -o yaml', /^error:\n {2}type: Usage/],
    ['status --nonsense -oyaml', /^error:/],
    ['status -o table --nonsense', /^Usage: unknown option/],
    [`key generate ${device} --audit never --output=yaml`, /^error:/],
    ['kye generate -g edge-rg -o table', /^Usage: unknown command/],
    ['status -o table surplus -- -o json', /^Usage: /],
    [`blocked retry ${device} --reason -o --input yaml -o table`, /^Usage: --input/],
    ['status -o xml', /^\{"error":\{"type":"Usage"/],
    ['status -o json -o table --nonsense', /^Usage: unknown option/],
  ];
  for (const [commandLine, said] of wrong) {
    test(`ase ${commandLine}`, async () => assert.match((await runAse(commandLine, nowhere)).stderr, said));
  }

  test('even if the value of an option looks like another format', async () => {
    const { stderr } = await runAse(
      ['blocked', 'retry', ...device.split(' '), '--reason', 'as -o table said', '--nonsense'],
      nowhere,
    );
    assert.match(stderr, /^\{"error":/);
  });
});

suite('a hint holds commands as they are typed', { concurrency: 2 }, () => {
  const ways: [by: string, env: NodeJS.ProcessEnv, typed: string][] = [
    [
      'npx',
      { npm_command: 'exec', npm_lifecycle_event: 'npx', npm_lifecycle_script: "'ase' 'key' 'genrate'" },
      'npx ase key --help',
    ],
    ['npm run', { npm_command: 'run', npm_lifecycle_event: 'ase' }, 'npm run -s ase -- key --help'],
    ['a script of npm', { npm_command: 'run', npm_lifecycle_event: 'deploy' }, 'ase key --help'],
    [
      'a shell that npx has started',
      { npm_command: 'exec', npm_lifecycle_event: 'npx', npm_lifecycle_script: 'bash' },
      'ase key --help',
    ],
    ['itself', {}, 'ase key --help'],
  ];
  for (const [by, env, typed] of ways) {
    test(`by ${by}`, async () => {
      const { stderr } = await runAse('key genrate -o table', { ...nowhere, ...env });
      assert.ok(stderr.trimEnd().endsWith(`: ${typed}`), stderr);
    });
  }
});

suite('without a Temporal server', { concurrency: 2 }, () => {
  test('a command ends with 4 and prints how to start one', async () => {
    const { code, stdout, stderr } = await runAse(`status ${device} -o table`, nowhere);
    assert.match(stderr, /^TemporalUnreachable: no Temporal server answers at 127\.0\.0\.1:1.*\n {2}Start one/);
    assert.equal(stdout, '');
    assert.equal(code, 4);
  });

  test('the error under json is one object on standard error', async () => {
    const { code, stdout, stderr } = await runAse(`status ${device} -o json`, nowhere);
    const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
    assert.deepEqual(Object.keys(error), ['type', 'message', 'hint']);
    assert.equal(error['type'], 'TemporalUnreachable');
    assert.equal(stdout, '');
    assert.equal(code, 4);
  });

  test('doctor reports each part and ends with 4', async () => {
    const env = { ...nowhere, ASE_ARM_ENDPOINT: 'https://management.localhost:1' };
    const { code, stdout } = await runAse('doctor -o table', env);
    assert.match(stdout, /^failed +Temporal +no Temporal server answers.*\n +Start one/m);
    assert.match(stdout, /^skipped +worker/m);
    assert.match(stdout, /^failed +Azure +cannot read the cloud's endpoints.*\n +Check ASE_ARM_ENDPOINT/m);
    assert.equal(code, 4);
  });
});
