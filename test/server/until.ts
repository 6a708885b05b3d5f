import { setTimeout as delay } from 'node:timers/promises';

const longest = 100_000;

/**
 * Asks until the answer is neither false nor undefined, the more rarely the longer it lasts: a question costs the server and
 * the worker as much as a step. Gives up when even a busy machine would be done.
 */
export const until = async <T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> => {
  const giveUpAt = Date.now() + longest;
  for (let pause = 50; Date.now() < giveUpAt; pause = Math.min(pause * 1.2, 200)) {
    const answer = await probe();
    if (answer !== false && answer !== undefined && answer !== null) return answer;
    await delay(pause);
  }
  throw new Error(`never happened: ${what}`);
};
