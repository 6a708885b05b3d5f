/**
 * `Date` inside an activity goes by the clock of its world, as it does for a worker that lives in that time: clients of Azure keep
 * and renew tokens by it. Outside it stays the machine's own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const times = new AsyncLocalStorage<() => number>();
const machineNow = Date.now;
const now = (): number => times.getStore()?.() ?? machineNow();

globalThis.Date = new Proxy(Date, {
  construct: (date, given: unknown[], newTarget) =>
    Reflect.construct(date, given.length === 0 ? [now()] : given, newTarget) as Date,
});
Date.now = now;

/** Runs this, and all that follows from it, by another clock. In milliseconds. */
export const inTime = <T>(clock: () => number, work: () => T): T => times.run(clock, work);

/** The time by which the code that asks is run, where it is not the machine's. */
export const timeHere = (): number | undefined => times.getStore()?.();
