/**
 * Real processes under a rain of faults: `npm run prove:soak`. Two hundred activations, while one of three workers is killed,
 * frozen or asked to go every five seconds, the Temporal server is killed three times, and a tenth of all calls to Azure goes
 * wrong. After three minutes the rain is over, and what has not ended must end by itself. The exit code is 1 if anything is
 * lost, double, or not as it must be.
 */
import { loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { DeviceId } from '../../domain/device.ts';
import { foreignTo } from './foreign.ts';
import { openFolder } from '../../test/server/folder.ts';
import { orderDevice } from '../../test/server/order-device.ts';
import { openStack, type Stack } from '../../test/server/stack.ts';
import { countOf, optionsOf } from '../options.ts';
import { taskQueue } from '../stack/environment.ts';
import { activateAll, type Activation } from './activations.ts';
import { buildWorker } from './built-worker.ts';
import { createCrew, type Crew } from './crew.ts';
import { faults } from './faults.ts';
import { median, quantile, seconds } from './figures.ts';
import { createRandom } from './random.ts';
import { judge } from './verdict.ts';
import { startWorkerProcess } from './worker-process.ts';

const values = optionsOf({
  seed: { type: 'string', default: '1' },
  activations: { type: 'string', default: '200' },
  'at-once': { type: 'string', default: '100' },
  /** Seconds. */
  storm: { type: 'string', default: '180' },
});
const seed = countOf('seed', values.seed);
const wanted = countOf('activations', values.activations);
const atOnce = countOf('at-once', values['at-once']);
const stormMs = countOf('storm', values.storm) * 1_000;
/** Ten times what an activation takes that nothing disturbs, and the longest wait for what is not settled. */
const calmMs = 600_000;
const everyMs = 5_000;
const serverKills = 3;

Runtime.install({
  // Whoever ends us ends us: the reaper takes along what was started.
  shutdownSignals: [],
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

const say = (line: string): void => console.log(line);

const main = async (cleanup: AsyncDisposableStack): Promise<string[]> => {
  say(`seed ${seed}: ${wanted} activations, ${atOnce} at a time`);
  const built = await buildWorker();
  cleanup.defer(built.remove);
  const { folder, remove } = await openFolder();
  cleanup.defer(remove);
  const stack = await openStack({ durable: true, withoutWorker: true });
  cleanup.defer(stack.close);
  const { azure, client } = stack;
  azure.state.seed = seed;
  const devices: DeviceId[] = [];
  for (let nth = 1; nth <= wanted; nth += 1) devices.push(await orderDevice(azure, `s${nth}-edge`));
  const foreignBefore = foreignTo(azure, devices);

  const logs: string[] = [];
  const crew = createCrew(() => {
    const log = path.join(folder, `worker-${logs.length + 1}.log`);
    logs.push(log);
    const program = built.program('worker.ts');
    return startWorkerProcess({
      program,
      env: stack.workerEnv,
      connection: client.connection as never,
      taskQueue,
      log,
    });
  }, createRandom(seed));
  cleanup.defer(crew.stop);
  await crew.start();
  azure.control.clearRequests();
  const rules = faults.map((rule) => azure.control.addFault(rule));

  const began = Date.now();
  const fleet: { ended: Activation[]; blocks: string[] } = { ended: [], blocks: [] };
  const enough = new AbortController();
  let over = false;
  const stormIsOver = (): boolean => over || Date.now() - began > stormMs;
  const all = activateAll(stack.ase, devices, atOnce, fleet, enough.signal).finally(() => (over = true));
  const restarts = await disturb(stack, crew, stormIsOver, fleet.ended);
  azure.control.clearFaults();
  say(`the storm is over: ${fleet.ended.length} ended in it`);
  setTimeout(() => enough.abort(), calmMs).unref();
  await all;
  await crew.settle();
  const took = Date.now() - began;
  await letLateOnesLand(stack);

  const hit = rules.reduce((sum, { fired }) => sum + fired, 0);
  say(`${fleet.ended.length} ended in ${seconds(took)}; ${azure.requests.length} calls, ${hit} of them hit by a fault`);
  say(`load ${loadavg()[0]?.toFixed(1)}`);
  report(stack, crew, restarts, fleet);
  const foreignAfter = foreignTo(azure, devices);
  return [
    ...(foreignAfter === foreignBefore ? [] : ['something foreign was touched']),
    ...(await judge(azure, client, built.workflows, devices, fleet.ended, logs)),
  ];
};

/** Strikes a worker every so often, and the server when each quarter of the storm is over. */
const disturb = async (
  { temporal }: Stack,
  crew: Crew,
  isOver: () => boolean,
  ended: readonly Activation[],
): Promise<number[]> => {
  const restarts: number[] = [];
  const began = Date.now();
  while (!isOver()) {
    await delay(everyMs);
    if (isOver()) break;
    if (Date.now() - began >= ((restarts.length + 1) * stormMs) / (serverKills + 1)) {
      const killedAt = Date.now();
      await temporal.kill();
      await temporal.startAgain();
      restarts.push(Date.now() - killedAt);
      say(`  ${ended.length} ended: Temporal killed and back after ${seconds(restarts.at(-1) ?? 0)}`);
    } else {
      await crew.strike();
      const { end = '', at = 0, readyAt = 0 } = crew.blows.at(-1) ?? {};
      say(`  ${ended.length} ended: ${end}, the next worker polled after ${seconds(readyAt - at)}`);
    }
  }
  return restarts;
};

/** No request of anybody can take effect any more. */
const letLateOnesLand = async ({ azure }: Stack): Promise<void> => {
  await delay(31_000);
  await azure.deliverLate();
};

const report = (
  { azure }: Stack,
  { blows, failedStarts }: Crew,
  restarts: readonly number[],
  { ended, blocks }: { ended: readonly Activation[]; blocks: readonly string[] },
): void => {
  const count = (end: string): number => blows.filter((blow) => blow.end === end).length;
  say(
    `workers: ${count('SIGKILL')} killed, ${count('SIGSTOP')} frozen, ${count('SIGTERM')} asked to end; ${failedStarts()} starts failed`,
  );
  say(`Temporal: killed ${restarts.length} times`);
  const calls = azure.requests.filter(({ principal }) => principal === 'worker').map(({ at }) => at);
  const resumed = blows
    .map(({ readyAt }) => (calls.find((at) => at >= readyAt) ?? Number.NaN) - readyAt)
    .filter((ms) => !Number.isNaN(ms));
  say(
    `first call after a new worker polled: median ${seconds(median(resumed))}, longest ${seconds(quantile(resumed, 1))}`,
  );
  const took = ended.map(({ startedAt, endedAt }) => endedAt - startedAt);
  say(
    `an activation took: median ${seconds(median(took))}, 95 % ${seconds(quantile(took, 0.95))}, longest ${seconds(quantile(took, 1))}`,
  );
  say(`blocks that required a decision: ${blocks.length ? blocks.join(', ') : 'none'}`);
};

await using cleanup = new AsyncDisposableStack();
const wrong = await main(cleanup);
for (const line of wrong) say(`WRONG ${line}`);
say(wrong.length === 0 ? 'nothing lost, nothing duplicated, everything correct' : `${wrong.length} faults found`);
process.exitCode = wrong.length === 0 ? 0 : 1;
