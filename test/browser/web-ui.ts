/** Temporal's web UI, by what a person reads and does in it. */
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { taskQueue } from '../../scripts/stack/environment.ts';
import { until } from '../server/until.ts';

export type Message = { kind: 'Signal' | 'Update'; name: string };

export type WebUi = ReturnType<typeof createWebUi>;

/** Of the columns that a list has at first, those that say nothing about what holds up a device. */
const usualColumns = ['Run ID', 'Type', 'Start', 'End'];

export const createWebUi = (page: Page, uiUrl: string) => {
  const workflows = `${uiUrl}/namespaces/default/workflows`;
  const dialog = page.getByRole('dialog');
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const option = (name: string): Locator => dialog.getByRole('option', { name: new RegExp(`^${name}\\b`) });

  /**
   * In place of what was typed before a Cancel. Leaving the field puts a line of JSON in order, which the first Submit
   * would do instead of submitting.
   */
  const typeJson = async (editor: Locator, json: string): Promise<void> => {
    await editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(json);
    await page.keyboard.press('Tab');
  };

  return {
    page,
    dialog,
    startWorkflow: async (type: string, workflowId: string, input: object): Promise<void> => {
      await page.goto(workflows);
      await button('Start Workflow')
        .or(page.getByRole('link', { name: 'Start Workflow' }))
        .first()
        .click();
      await page.getByLabel('Workflow ID').fill(workflowId);
      await page.getByLabel('Task Queue').fill(taskQueue);
      await page.getByLabel('Workflow Type').fill(type);
      await typeJson(page.locator('.cm-content').first(), JSON.stringify(input));
      await button('Start Workflow').last().click();
      await page.getByText('Workflow started successfully').first().waitFor();
    },
    /** In the list that is open; the browser remembers them. */
    chooseColumns: async (columns: readonly string[]): Promise<void> => {
      await button('Configure Columns').click();
      for (const column of usualColumns) await button(`Remove ${column} column`).click();
      for (const column of columns) await button(`Add ${column} column`).click();
      await button('Close Workflows Table configuration').click();
    },
    /** What the open list says about a workflow, as soon as it is there: the list does not renew itself. */
    rowOf: async (workflowId: string): Promise<string[]> => {
      const row = page.getByRole('row').filter({ hasText: workflowId });
      await until(`${workflowId} is listed`, async () => {
        await button('Refresh').click();
        return (await row.count()) > 0;
      });
      return row.getByRole('cell').allInnerTexts();
    },
    openFromList: (workflowId: string): Promise<void> => page.getByRole('link', { name: workflowId }).first().click(),
    open: async (workflowId: string): Promise<void> =>
      void (await page.goto(`${workflows}/${encodeURIComponent(workflowId)}`)),
    /** A row of the timeline, by its text. */
    event: (text: string): Locator => page.getByText(text).first(),
    openDetails: async (): Promise<FrameLocator> => {
      await page.getByRole('tab', { name: 'User Metadata' }).click();
      return page.frameLocator('#user-metadata-current-details');
    },
    /** Opens the dialog and its list of names; answers with the description of one. */
    describeMessage: async ({ kind, name }: Message): Promise<string> => {
      await button('More Actions').click();
      await page.getByRole('menuitem', { name: new RegExp(`^Send an? ${kind}$`) }).click();
      await dialog.getByTestId(`${kind.toLowerCase()}-select-button`).click();
      return option(name).innerText();
    },
    /** In the dialog that is open. */
    sendMessage: async (name: string, json: string): Promise<void> => {
      await option(name).click();
      await typeJson(dialog.locator('.cm-content'), json);
      await dialog.getByRole('button', { name: 'Submit' }).click();
    },
    cancelDialog: (): Promise<void> => dialog.getByRole('button', { name: 'Cancel' }).last().click(),
    /** The page of a workflow renews itself, but at its leisure. */
    seesCompleted: async (): Promise<void> => {
      await page.reload();
      const completed = page.getByText(/^completed$/i);
      await completed.first().waitFor();
    },
  };
};
