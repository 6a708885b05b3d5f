import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is neither false nor undefined, for as long as a slow machine may need. */
export async function eventually<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let left = 400; left > 0; left -= 1) {
    const answer = await probe();
    if (answer !== false && answer !== undefined && answer !== null) return answer;
    await delay(50);
  }
  throw new Error(`never happened: ${what}`);
}
