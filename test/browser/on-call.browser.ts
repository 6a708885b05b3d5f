/** The person on call in Temporal's web UI: what is stuck, why, and what to type is read there, and typed there. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { linksInto, type Link } from '../../client/searches.ts';
import { readConfig } from '../../config.ts';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { runAse } from '../cli/ase.ts';
import { takeName } from '../server/scenarios.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { serverStage } from '../server/stages.ts';
import { openBrowser } from './chromium.ts';
import { takeScreenshot, viewport } from './screenshots.ts';
import { createWebUi, type WebUi } from './web-ui.ts';

const decide = { kind: 'Update', name: 'decide' } as const;
const consent = { kind: 'Update', name: 'consent' } as const;

suite("in Temporal's web UI", () => {
  const cleanup = new AsyncDisposableStack();
  let stack: Stack;
  let ui: WebUi;
  let device: DeviceId;
  let workflowId: string;

  before(async () => {
    // First of all: where there is no browser, nothing else is worth its time.
    const browser = await openBrowser();
    cleanup.defer(() => browser.close());
    stack = await openStack({ ui: true });
    cleanup.defer(stack.close);
    ui = createWebUi(await browser.newPage({ viewport }), stack.temporal.uiUrl ?? '');
    device = stack.device('edge-1');
    workflowId = workflowIdOf(device);
  });
  after(() => cleanup.disposeAsync());

  suite('a blocked activation', () => {
    before(() => takeName({ azure: stack.azure, device }));

    test('is started from the dialog', async () => {
      await ui.startWorkflow('generateActivationKey', workflowId, { deviceId: device.id });
      await serverStage(stack, device).block();
    });

    test('is listed behind the link that the command line prints, with its step and its cause', async () => {
      await blockTwoMore(stack);
      const { url } = linkTo(stack, 'blocked');
      const { stderr } = await runAse('blocked list -o table', stack.operatorEnv);
      assert.ok(stderr.includes(url), stderr);
      await ui.page.goto(url);
      await ui.chooseColumns(['AseBlockedStep', 'AseFailure']);
      const [, , ...cells] = await ui.rowOf(workflowId);
      assert.deepEqual(cells, ['RUNNING', workflowId, 'ensureKeyVault', 'VaultNameTaken']);
      await takeScreenshot(ui.page, 'ui-list', { height: 500 });
    });

    test('shows on its timeline the blocked step, the cause, and the message to send', async () => {
      await ui.openFromList(workflowId);
      const blocked = ui.event('BLOCKED ensureKeyVault: VaultNameTaken, the vault name');
      assert.match(
        await blocked.innerText(),
        /is taken elsewhere .* Send update "decide" \{"step":"ensureKeyVault","block":1,/,
      );
      await ui.event('Register Microsoft.KeyVault and Microsoft.DataBoxEdge').waitFor();
      await blocked.click();
      await takeScreenshot(ui.page, 'ui-timeline', { height: 1_080 });
    });

    test('shows in its details who acts, what to do, and the completed steps', async () => {
      const details = await ui.openDetails();
      await details.getByText('BLOCKED at ensureKeyVault: VaultNameTaken').waitFor();
      await details.getByText('To do (requester)').waitFor();
      await details.getByText(/^done: Register Microsoft.KeyVault/).waitFor();
      await takeScreenshot(ui.page, 'ui-details', { height: 1_220 });
    });

    test('refuses an unsuitable decision in one sentence, without a stack trace', async () => {
      await ui.open(workflowId);
      const message = messageIn(await ui.describeMessage(decide));
      await takeScreenshot(ui.page, 'ui-dialog', { of: ui.dialog });
      await ui.sendMessage('decide', message.replace('"block":1', '"block":2'));
      await ui.dialog.getByText('the decision is for block 2, but the blocked step is').first().waitFor();
      assert.doesNotMatch(await ui.dialog.innerText(), /ApplicationFailure| at .*\.ts/);
      await ui.cancelDialog();
    });

    test('continues after the exact message that the dialog describes, and finishes', async () => {
      await ui.open(workflowId);
      const description = await ui.describeMessage(decide);
      await ui.sendMessage('decide', messageIn(description));
      const { keyVault } = await stack.ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
      await ui.seesCompleted();
      assert.ok(messageIn(description).includes(`"input":{"keyVaultName":"${keyVault.name}"}`), description);
      const details = await ui.openDetails();
      await details.getByText('applied: retry of ensureKeyVault by you').waitFor();
    });

    test('is listed behind the link for expiring keys when its key is about to expire', async () => {
      const twoDaysLater = Date.now() + 2.5 * 24 * 3_600_000;
      await ui.page.goto(linkTo(stack, 'keys expiring within 24 h', twoDaysLater).url);
      assert.ok((await ui.rowOf(workflowId)).includes('COMPLETED'));
    });
  });

  test('text of Azure stays text: none of its links can be followed', async () => {
    const assignment = '<a href="https://example.org">**more**</a> https://example.org www.example.org';
    const denyByPolicy = { assignment, definition: 'a-rule', field: 'tags' };
    stack.azure.control.addFault({ path: /\/vaults\/ase-edge3-[^/]+$/, action: { denyByPolicy } });
    const denied = stack.device('edge-3');
    await stack.ase.start({ deviceId: denied.id });
    await serverStage(stack, denied).block();
    await ui.open(workflowIdOf(denied));
    const details = await ui.openDetails();
    await details.getByText('https://example.org').first().waitFor();
    assert.equal(await details.getByRole('link').count(), 0);
  });

  test('a consent question shows the inventory, is found by its link, and is answered by the message from the dialog', async () => {
    stack.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    const { id: deviceId } = stack.device('edge-2');
    await stack.ase.start({ deviceId });
    await stack.ase.result({ deviceId });
    const deletion = await stack.ase.deleteKeyVault({ deviceId });
    await ui.page.goto(linkTo(stack, 'waiting for consent').url);
    await ui.rowOf(deletion.workflowId);
    await ui.openFromList(deletion.workflowId);
    await ui.event('CONSENT about ase-edge2-').waitFor();
    const details = await ui.openDetails();
    await details.getByText('Inventory number 1').waitFor();
    await details.getByText('ase-activation-key: activation key, 1 version').waitFor();
    await ui.sendMessage('consent', messageIn(await ui.describeMessage(consent)));
    const { keyVault } = await stack.ase.result({ deviceId, procedure: 'deleteKeyVault' });
    await ui.seesCompleted();
    assert.equal(keyVault.outcome, 'kept');
  });
});

/** One cause that goes away by itself and one that does not, so that the list is one. */
const blockTwoMore = async (stack: Stack): Promise<void> => {
  takeName({ azure: stack.azure, device: stack.device('edge-4') });
  const devices = [stack.device('edge-4'), stack.device('edge-5')];
  for (const { id } of devices) await stack.ase.start({ deviceId: id });
  for (const device of devices) await serverStage(stack, device).block();
};

const linkTo = ({ operatorEnv }: Stack, what: string, now?: number): Link => {
  const link = linksInto(readConfig(operatorEnv), now).find((each) => each.what === what);
  assert.ok(link, what);
  return link;
};

/** The first JSON of a description. */
const messageIn = (description: string): string => {
  const [message] = /\{.*\}(?=\. decision: )/.exec(description) ?? [];
  assert.ok(message, description);
  return message;
};
