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

/** One Ctrl-C reaches a script of npm twice: from the terminal, and passed on by npm. */
const oneKeystroke = 500;

/** Runs `body` to an end of its own, which a first Ctrl-C asks it to find early; a second one does not wait for that. */
export const untilToldToStop = async <T>(onStop: () => void, body: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const stop = new AbortController();
  let askedAt = 0;
  const onSignal = (): void => {
    if (stop.signal.aborted && Date.now() - askedAt > oneKeystroke) process.exit(interrupted);
    if (stop.signal.aborted) return;
    askedAt = Date.now();
    stop.abort();
    onStop();
  };
  process.on('SIGINT', onSignal);
  try {
    return await body(stop.signal);
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
};
