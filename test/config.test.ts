/** Surroundings, and the one line that a wrong variable gets. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import { ConfigError, readConfig } from '../config.ts';
import { plainProfile } from '../domain/profile.ts';
import { loadProfile } from '../worker/profile.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'ase-config-'));
after(() => rm(folder, { recursive: true }));
const profile = path.join(folder, 'temporal.toml');
await writeFile(profile, '[profile.default]\naddress = "127.0.0.9:7233"\nnamespace = "from-file"\n');
const noProfile = path.join(folder, 'empty.toml');
await writeFile(noProfile, '[profile.default]\n');

const read = (env: Record<string, string | undefined> = {}) => readConfig({ TEMPORAL_CONFIG_FILE: noProfile, ...env });
const guid = '11111111-2222-3333-4444-555555555555';

suite('an empty environment', () => {
  test('means public Azure and a Temporal server on this machine', () => {
    const { temporal: _sdk, ...config } = read();
    assert.deepEqual(config, {
      address: 'localhost:7233',
      namespace: 'default',
      taskQueue: 'ase',
      armEndpoint: 'https://management.azure.com',
      keyReaders: [],
      logLevel: 'info',
      uiUrl: 'http://localhost:8233',
    });
  });

  test('is the same as an environment of empty values', () => {
    const names = [
      'ASE_ARM_ENDPOINT',
      'ASE_TASK_QUEUE',
      'ASE_KEY_READERS',
      'ASE_LOG_LEVEL',
      'ASE_METRICS_ADDRESS',
      'ASE_PROFILE',
      'ASE_TEMPORAL_UI',
    ];
    const azure = ['AZURE_AUTHORITY_HOST', 'AZURE_SUBSCRIPTION_ID'];
    const empty = Object.fromEntries([...names, ...azure].map((name) => [name, ' ']));
    assert.deepEqual(read(empty), read());
  });
});

suite('a variable is read:', () => {
  const cases: [variable: string, value: string, setting: string, taken: unknown][] = [
    ['TEMPORAL_ADDRESS', '127.0.0.1:7000', 'address', '127.0.0.1:7000'],
    ['TEMPORAL_NAMESPACE', 'edge', 'namespace', 'edge'],
    ['ASE_TASK_QUEUE', 'ase-2', 'taskQueue', 'ase-2'],
    ['ASE_ARM_ENDPOINT', 'https://management.localhost:8443/', 'armEndpoint', 'https://management.localhost:8443'],
    ['AZURE_AUTHORITY_HOST', 'https://login.localhost:8443/', 'authorityHost', 'https://login.localhost:8443'],
    ['AZURE_SUBSCRIPTION_ID', ` ${guid} `, 'subscriptionId', guid],
    ['ASE_KEY_READERS', `${guid}, ${guid.toUpperCase()},`, 'keyReaders', [guid, guid.toUpperCase()]],
    ['ASE_LOG_LEVEL', 'debug', 'logLevel', 'debug'],
    ['ASE_METRICS_ADDRESS', '0.0.0.0:9464', 'metricsAddress', '0.0.0.0:9464'],
    ['ASE_METRICS_ADDRESS', '[::1]:9464', 'metricsAddress', '[::1]:9464'],
    ['ASE_PROFILE', './ase-profile.json', 'profilePath', './ase-profile.json'],
    ['ASE_TEMPORAL_UI', 'http://temporal.example:8080/', 'uiUrl', 'http://temporal.example:8080'],
  ];
  for (const [variable, value, setting, taken] of cases) {
    test(variable, () => {
      assert.deepEqual((read({ [variable]: value }) as Record<string, unknown>)[setting], taken);
    });
  }

  test('variables of Temporal override a profile of Temporal', () => {
    const fromFile = read({ TEMPORAL_CONFIG_FILE: profile });
    assert.deepEqual([fromFile.address, fromFile.namespace], ['127.0.0.9:7233', 'from-file']);
    const { address, namespace } = read({ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_NAMESPACE: 'edge' });
    assert.deepEqual([address, namespace], ['127.0.0.9:7233', 'edge']);
  });
});

suite('an invalid value causes one line that names its variable:', () => {
  const wrong: [variable: string, value: string, wanted: RegExp][] = [
    [
      'ASE_TASK_QUEUE',
      'my queue',
      /must be a name of letters, digits, dots, hyphens and underscores; it is "my queue"$/,
    ],
    ['ASE_TASK_QUEUE', 'x'.repeat(201), /must be a name of letters/],
    ['ASE_ARM_ENDPOINT', 'management.azure.com', /must be an https URL; it is "management\.azure\.com"$/],
    ['ASE_ARM_ENDPOINT', 'http://management.localhost', /must be an https URL/],
    ['AZURE_AUTHORITY_HOST', 'login.microsoftonline.com', /must be an https URL/],
    ['AZURE_SUBSCRIPTION_ID', 'my subscription', /must be a GUID like 0{8}-.*; it is "my subscription"$/],
    ['AZURE_SUBSCRIPTION_ID', `${guid}0`, /must be a GUID/],
    ['ASE_KEY_READERS', `${guid},ada`, /must be a GUID like .*; it is "ada"$/],
    ['ASE_KEY_READERS', `${guid};${guid}`, /must be a GUID/],
    ['ASE_LOG_LEVEL', 'loud', /must be one of trace, debug, info, warn, error; it is "loud"$/],
    ['ASE_METRICS_ADDRESS', '9464', /must be an IP address and a port, like 127\.0\.0\.1:9464; it is "9464"$/],
    ['ASE_METRICS_ADDRESS', 'localhost:9464', /must be an IP address and a port/],
    ['ASE_METRICS_ADDRESS', '127.0.0.300:9464', /must be an IP address and a port/],
    ['ASE_METRICS_ADDRESS', '127.0.0.1:0', /must be an IP address and a port/],
    ['ASE_METRICS_ADDRESS', '127.0.0.1:65536', /must be an IP address and a port/],
    ['ASE_METRICS_ADDRESS', '::1:9464', /must be an IP address and a port/],
    ['TEMPORAL_ADDRESS', 'temporal.example:7233', /is temporal\.example:7233, a connection without TLS/],
    ['TEMPORAL_ADDRESS', 'http://127.0.0.1:7233', /is http:\/\/127\.0\.0\.1:7233, with a scheme: write host and port/],
    ['TEMPORAL_ADDRESS', '"127.0.0.1:7233"', /has quotation marks around its value, .*: remove them$/],
    ['TEMPORAL_API_KEY', "'key'", /has quotation marks around its value/],
    ['AZURE_TENANT_ID', `"${guid}"`, /has quotation marks around its value/],
    ['AZURE_CLIENT_SECRET', 'secret\n', /begins or ends with a space or a line break: remove it$/],
    ['ASE_TASK_QUEUE', '"ase"', /has quotation marks around its value/],
    ['TEMPORAL_CONFIG_FILE', folder, /temporal\.toml: /],
    ['TEMPORAL_PROFILE', 'unknown', /temporal\.toml: .*unknown/],
  ];
  for (const [variable, value, wanted] of wrong) {
    test(`${variable}=${value.slice(0, 40)}`, () => {
      assert.throws(
        () => read({ [variable]: value }),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, wanted);
          assert.ok(error.message.startsWith(variable) || error.message.startsWith('TEMPORAL_* or temporal.toml: '));
          assert.ok(!error.message.includes('\n'), 'one line');
          return true;
        },
      );
    });
  }
});

suite('the organisation profile', () => {
  const file = (text: string): string => {
    const profilePath = path.join(folder, 'profile.json');
    writeFileSync(profilePath, text);
    return profilePath;
  };

  test('is read from the file that ASE_PROFILE names', () => {
    const profilePath = file('{ "requiredTags": { "costCenter": "4711" }, "purgeProtection": true }');
    const asked = { requiredTags: { costCenter: '4711' }, purgeProtection: true };
    assert.deepEqual(loadProfile(read({ ASE_PROFILE: profilePath })), { ...plainProfile, ...asked });
  });

  for (const [how, encoded] of [
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 in the other byte order', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ] as const) {
    test(`is read with ${how}`, () => {
      const profilePath = path.join(folder, 'encoded.json');
      writeFileSync(profilePath, encoded('{ "purgeProtection": true }'));
      assert.equal(loadProfile({ profilePath }).purgeProtection, true);
    });
  }

  test('requires nothing if there is none', () => assert.deepEqual(loadProfile(read()), plainProfile));

  test('of the README is valid', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];
    assert.notDeepEqual(loadProfile({ profilePath: file(example) }), plainProfile);
  });

  const wrong: [what: string, profilePath: () => string, line: RegExp][] = [
    ['that does not exist', () => path.join(folder, 'none.json'), /ENOENT: no such file/],
    ['that is a folder', () => folder, /EISDIR/],
    ['that is not JSON', () => file('{\n "purgeProtection": yes\n}'), /it is not JSON: /],
    ['with a field of the wrong kind', () => file('{"purgeProtection":1}'), /purgeProtection must be true or absent/],
  ];
  for (const [what, profilePath, line] of wrong) {
    test(`${what} causes one line that names the variable and the file`, () => {
      const named = profilePath();
      assert.throws(
        () => loadProfile({ profilePath: named }),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.ok(error.message.startsWith(`ASE_PROFILE (${named}): `), error.message);
          assert.match(error.message, line);
          assert.ok(!error.message.includes('\n'), 'one line');
          return true;
        },
      );
    });
  }
});

test('variables of other programs, and certificates with line breaks, are left unchanged', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const env = {
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: pem,
    AZURE_CLI_EXTRA: '"--a b" --c "d"',
    TEMPORAL_GRPC_META_X: '"y"',
  };
  assert.ok(read({ ...env, TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_TLS: 'true' }).temporal);
});

suite('the web UI of a development server', () => {
  test('is assumed beside its usual port', () =>
    assert.equal(read({ TEMPORAL_ADDRESS: '127.0.0.1:7233' }).uiUrl, 'http://localhost:8233'));
  test('is not assumed beside any other port, where nothing may listen', () =>
    assert.equal(read({ TEMPORAL_ADDRESS: '127.0.0.1:7000' }).uiUrl, undefined));
});

suite('Temporal is used without TLS', () => {
  for (const address of [
    'localhost:7233',
    'temporal.localhost:7233',
    '127.0.0.1:7233',
    '127.9.9.9:7233',
    '[::1]:7233',
  ]) {
    test(`at ${address}, which is on this machine`, () =>
      assert.equal(read({ TEMPORAL_ADDRESS: address }).address, address));
  }

  const elsewhere = [
    'temporal:7233',
    '10.0.0.1:7233',
    'localhost.example:7233',
    '127.0.0.1.example:7233',
    '[::2]:7233',
  ];
  for (const address of elsewhere) {
    test(`at ${address} only with permission: ASE_ALLOW_INSECURE_TEMPORAL=1`, () => {
      const env = { TEMPORAL_ADDRESS: address };
      assert.throws(
        () => read(env),
        /^Error: TEMPORAL_ADDRESS is .*set TEMPORAL_TLS=true, or ASE_ALLOW_INSECURE_TEMPORAL=1/,
      );
      assert.throws(() => read({ ...env, ASE_ALLOW_INSECURE_TEMPORAL: 'true' }), ConfigError);
      assert.equal(read({ ...env, ASE_ALLOW_INSECURE_TEMPORAL: '1' }).address, address);
    });
  }

  for (const [variable, value] of Object.entries({ TEMPORAL_TLS: 'true', TEMPORAL_API_KEY: 'a-key' })) {
    test(`nowhere with ${variable}, which means TLS`, () => {
      const { temporal } = read({ TEMPORAL_ADDRESS: 'temporal.example:7233', [variable]: value });
      assert.ok(temporal.connectionOptions.tls);
    });
  }
});

suite('the proxy between the client and Temporal', () => {
  const proxy = 'http://user:word@proxy.example:3128';
  const at = (env: Record<string, string>, address = '127.0.0.1:7233') =>
    readConfig({ TEMPORAL_CONFIG_FILE: '/nonexistent', TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true', ...env }).proxy;

  for (const variable of ['grpc_proxy', 'https_proxy', 'http_proxy']) {
    test(`is that of ${variable}, without its password`, () => {
      const exempt = 'no_proxy=127.0.0.1';
      assert.deepEqual(at({ [variable]: proxy }), { variable, host: 'proxy.example:3128', exempt });
    });
  }

  const direct: Record<string, string>[] = [
    {},
    { HTTPS_PROXY: proxy },
    { https_proxy: 'socks5://proxy.example' },
    { https_proxy: 'proxy' },
    { https_proxy: proxy, no_proxy: 'example.org,127.0.0.1' },
    { https_proxy: proxy, no_proxy: '127.0.0.0/8' },
    { https_proxy: proxy, no_grpc_proxy: '127.0.0.1', no_proxy: 'example.org' },
  ];
  for (const env of direct) test(`is absent with ${JSON.stringify(env)}`, () => assert.equal(at(env), undefined));

  test('is not removed by an ineffective exemption, and the effective variable is named', () => {
    assert.equal(
      at({ https_proxy: proxy, no_proxy: 'a.org, 127.0.0.1' })?.exempt,
      'no_proxy=a.org, 127.0.0.1,127.0.0.1',
    );
    assert.equal(
      at({ https_proxy: proxy, no_grpc_proxy: 'a.org', no_proxy: '127.0.0.1' })?.exempt,
      'no_grpc_proxy=a.org,127.0.0.1',
    );
    assert.equal(at({ https_proxy: proxy, no_proxy: '' })?.exempt, 'no_proxy=127.0.0.1');
    assert.equal(at({ https_proxy: proxy, NO_PROXY: '127.0.0.1' })?.exempt, 'no_proxy=127.0.0.1');
    assert.equal(at({ http_proxy: proxy }, 'a.tmprl.cloud:7233')?.exempt, 'no_proxy=a.tmprl.cloud');
  });
});
