/** Ctrl-C ends the watching, never what is watched. */

/** Exit code, as shells have it. */
export const interrupted = 130;

export class Detached extends Error {}

/** Runs `body` until it ends or a person presses Ctrl-C; the signal tells it to say no more. @throws Detached */
export const untilInterrupted = async <T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const interrupt = new AbortController();
  const { promise: detached, reject } = Promise.withResolvers<never>();
  const onSignal = (): void => {
    interrupt.abort();
    reject(new Detached());
  };
  process.once('SIGINT', onSignal);
  try {
    return await Promise.race([body(interrupt.signal), detached]);
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
};
