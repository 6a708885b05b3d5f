import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '../azure-cli.ts';

export function namesOf(entries: readonly Output[]): string[] {
  return entries.map(({ name }) => String(name));
}

/** Looks again for as long as the slow things of Azure take. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not become so within 30 s.');
    await delay(200);
  }
}
