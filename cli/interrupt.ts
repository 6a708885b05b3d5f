/** Ctrl-C ends the watching, never what is watched. */

export class Detached extends Error {}

/** Runs `body` until it ends or a person presses Ctrl-C. @throws Detached */
export const untilInterrupted = async <T>(body: () => Promise<T>): Promise<T> => {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const onSignal = (): void => reject(new Detached());
  process.once('SIGINT', onSignal);
  try {
    return await Promise.race([body(), interrupted]);
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
};
