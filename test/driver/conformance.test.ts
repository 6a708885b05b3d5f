/** The driver against a real server: the same workflows, and the same that came of them. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { bundleForTests, loadWorkflows, type Workflows } from '../harness/temporal/index.ts';
import { scenarios } from './scenarios.ts';
import { playOnServer } from './server-stage.ts';
import { messageOf, type Report } from './stage.ts';
import { playInVirtualTime } from './virtual-stage.ts';

const binary = await findTemporalBinary(process.env).catch(messageOf);
const skip = typeof binary === 'string' && `no server to compare with: ${binary}`;

suite('the driver does as the server does with', { skip, concurrency: 1 }, () => {
  let workflows: Workflows;
  let onServer: Map<string, Report>;

  before(async () => {
    const bundle = await bundleForTests(fileURLToPath(new URL('workflows.ts', import.meta.url)));
    workflows = await loadWorkflows(bundle, []);
    if (typeof binary !== 'string') onServer = await playOnServer(binary, bundle, scenarios);
  });

  for (const scenario of scenarios)
    test(scenario.name, async () => {
      assert.deepEqual(await playInVirtualTime(workflows, scenario), onServer.get(scenario.name));
    });
});
