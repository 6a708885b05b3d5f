/** The frame of the scripts that bring up a stack: asked to end, it ends well from the first moment on. */
import { stopAll } from './processes.ts';
import { type Stack, type StackOptions, StackIsUp, bringUp } from './stack.ts';
import { StepFailed } from './walk.ts';

/** One Ctrl-C reaches us twice: from the terminal, and passed on by npm (tried). */
const oneKeystrokeMs = 500;

/**
 * Brings up a stack, runs `body` on it and takes it down. Returns the exit code: 0 when `body` came to its end, 130
 * when a signal came first, 2 when another stack is up; else 1, and the last line names the step that failed.
 */
export async function withStack(
  options: StackOptions,
  body: (stack: Stack, asked: AbortSignal) => Promise<void>,
): Promise<number> {
  const asked = endWhenAsked();
  try {
    const stack = await bringUp(options);
    try {
      await body(stack, asked);
    } finally {
      await stack.down();
    }
    return 0;
  } catch (error) {
    return asked.aborted ? 130 : report(error);
  }
}

/** Waits until a signal asks to end. Throws if a process of the stack ends by itself before that. */
export async function stayUp(stack: Stack, asked: AbortSignal): Promise<void> {
  const reason = await stack.broken;
  if (!asked.aborted) throw new StepFailed('stay up', reason);
}

/** When asked all children end, which ends whatever waits for them; asked again, we end at once. */
function endWhenAsked(): AbortSignal {
  const asked = new AbortController();
  let askedAt = 0;
  const end = () => {
    askedAt = Date.now();
    asked.abort();
    void stopAll();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!asked.signal.aborted) end();
      else if (Date.now() - askedAt > oneKeystrokeMs) process.exit(130);
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) onLossOfParent(end);
  return asked.signal;
}

/** An npm that is killed cannot pass that on, and the shell it runs us in passes no signal on (dash, tried). */
function onLossOfParent(end: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, 250).unref();
}

function report(error: unknown): number {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof StackIsUp) return 2;
  console.error(`Failed step: ${error instanceof StepFailed ? error.step : 'bring up the stack'}`);
  return 1;
}
