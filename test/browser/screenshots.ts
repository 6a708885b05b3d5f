/** Pictures for the documents, of the pages that the tests look at. */
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));

export const viewport = { width: 1440, height: 900 };

/** Only where `ASE_SCREENSHOTS` asks for it: times and ids differ from run to run, and so would the files. */
export const takeScreenshot = async (
  page: Page,
  name: string,
  { of = page, height = viewport.height }: { of?: Page | Locator; height?: number } = {},
): Promise<void> => {
  if (process.env['ASE_SCREENSHOTS'] !== '1') return;
  await page.setViewportSize({ ...viewport, height });
  // What moves is still moving when its text is there already.
  await page.waitForTimeout(1_000);
  await of.screenshot({ path: `${folder}${name}.png` });
  await page.setViewportSize(viewport);
};
