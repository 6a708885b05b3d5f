import { setTimeout as delay } from 'node:timers/promises';

const longest = 100_000;

/** Asks until the answer is neither false nor undefined. Gives up when even a busy machine would be done. */
export const until = async <T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> => {
  for (const giveUpAt = Date.now() + longest; Date.now() < giveUpAt; await delay(50)) {
    const answer = await probe();
    if (answer !== false && answer !== undefined && answer !== null) return answer;
  }
  throw new Error(`never happened: ${what}`);
};
