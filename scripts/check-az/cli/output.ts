import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '../azure-cli.ts';

export function namesOf(entries: readonly Output[]): string[] {
  return entries.map(({ name }) => String(name));
}

/** Reads repeatedly, as long as the slow operations of Azure take. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('The expected state did not appear within 30 s.');
    await delay(200);
  }
}
