/** A worker that cannot work says why in one line, and ends. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ownTemporal, surroundings, variablesFor } from '../../scripts/stack/environment.ts';
import { freePorts } from '../../scripts/stack/free-ports.ts';
import { checkout } from '../../scripts/stack/local-files.ts';
import { openFolder } from './folder.ts';
import { runNode } from './programs.ts';
import { serveAzure, type ServedAzure } from './served-azure.ts';

suite('a worker ends with 2 and one line that names the variable when', { concurrency: 2 }, () => {
  const cleanup = new AsyncDisposableStack();
  let folder: string;
  let served: ServedAzure;
  let nobody: string;
  let profile: string;
  before(async () => {
    const opened = await openFolder();
    cleanup.defer(opened.remove);
    folder = opened.folder;
    served = await serveAzure(path.join(folder, 'ca.pem'));
    cleanup.defer(served.close);
    profile = path.join(folder, 'profile.json');
    await writeFile(profile, '{ "requiredTag": {} }');
    nobody = `127.0.0.1:${(await freePorts(1)).join()}`;
  });
  after(() => cleanup.disposeAsync());

  const cases: [what: string, wrong: () => Record<string, string>, line: RegExp][] = [
    [
      'Azure is not at the configured address',
      () => ({ ASE_ARM_ENDPOINT: `https://${nobody}` }),
      /^cannot reach Azure Resource Manager at https:\/\/127\.0\.0\.1:\d+ \(from ASE_ARM_ENDPOINT\): .+\n$/,
    ],
    [
      'the authority belongs to another cloud',
      () => ({ AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com' }),
      /^AZURE_AUTHORITY_HOST is https:\/\/login\.microsoftonline\.com, but https:\/\/management\.localhost:\d+ belongs to .+\n$/,
    ],
    [
      'Temporal is on another machine and would be used without TLS',
      () => ({ TEMPORAL_ADDRESS: 'temporal.example.com:7233' }),
      /^TEMPORAL_ADDRESS is temporal\.example\.com:7233, a connection without TLS: .+\n$/,
    ],
    [
      'the organisation profile has an unknown field',
      () => ({ ASE_PROFILE: profile, ASE_ARM_ENDPOINT: `https://${nobody}` }),
      /^ASE_PROFILE \(.*\): "requiredTag" is not a field; write a JSON object with the fields requiredTags, .+\n$/,
    ],
    [
      'the port of its metrics is taken',
      () => ({ ASE_METRICS_ADDRESS: `127.0.0.1:${new URL(served.ready.armEndpoint).port}` }),
      /^ASE_METRICS_ADDRESS: cannot listen at 127\.0\.0\.1:\d+: .*Address already in use.*\n$/,
    ],
    [
      'no Temporal server answers',
      () => ({}),
      /^TEMPORAL_ADDRESS: no Temporal server answers at 127\.0\.0\.1:\d+: .+\n$/,
    ],
  ];
  for (const [what, wrong, line] of cases) {
    test(what, async () => {
      const { worker } = served.ready.principals;
      const temporal = ownTemporal(nobody, path.join(folder, 'no-file.toml'));
      const env = { ...surroundings(process.env), ...variablesFor(worker, served.ready, temporal), ...wrong() };
      const { code, stdout, stderr } = await runNode(path.join(checkout, 'worker.ts'), [], env);
      assert.match(stderr, line);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    });
  }
});
