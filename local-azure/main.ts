#!/usr/bin/env node
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createCertificateSource } from './certificates.ts';
import { explicitClock } from './clock.ts';
import { createLocalAzure, type LocalAzure } from './index.ts';
import { freshKeyPairs } from './key-pairs.ts';
import { mainSubscription } from './new-state.ts';
import { seedDemoWorld } from './seed.ts';
import { serve, type Addresses } from './serve/index.ts';
import { parseOptions, usage, type Options } from './serve/options.ts';

/** What a client needs to know; printed as one line of JSON. */
const readyLine = (azure: LocalAzure, addresses: Addresses): string =>
  JSON.stringify({
    ...addresses,
    tenantId: azure.state.tenantId,
    subscriptionId: mainSubscription(azure.state),
    principals: Object.fromEntries(
      Object.entries(azure.principals).map(([name, { clientId, clientSecret, objectId }]) => [
        name,
        { clientId, clientSecret, objectId },
      ]),
    ),
  });

const run = async ({ port, proxyPort, intercept, caFile, seedDemo, clock, settings }: Options): Promise<void> => {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const azure = createLocalAzure({
    clock: clock === 'auto' ? { now: () => Date.now() } : explicitClock(Date.now()),
    certificates: createCertificateSource(freshKeyPairs),
    settings,
    seed: randomInt(2 ** 31),
  });
  if (seedDemo) {
    await seedDemoWorld(azure);
    azure.control.snapshot({ id: 'start' });
  }
  const served = await serve(azure, { port, proxyPort, intercept, ...(caFile === undefined ? {} : { caFile }) });
  process.stdout.write(`${readyLine(azure, served.addresses)}\n`);
  await stopped;
  await served.close();
};

/** Says in one line what is wrong and sets exit code 2: nothing was started. */
const refuse = (message: string): void => {
  process.stderr.write(`local-azure: ${message}\n`);
  process.exitCode = 2;
};

const optionsFrom = (args: string[]): Options | undefined => {
  try {
    return parseOptions(args);
  } catch (error) {
    refuse((error as Error).message);
    return undefined;
  }
};

/** What the system says no to, in the words of the options. Anything else is a fault of our own and is thrown on. */
const refusalOf = (error: NodeJS.ErrnoException & { port?: number }, { port, caFile }: Options): string => {
  const { code, syscall } = error;
  if (syscall === 'listen') {
    const option = error.port === port ? '--port' : '--proxy-port';
    return code === 'EADDRINUSE'
      ? `port ${error.port} is taken; ${option} 0 takes any free one`
      : `port ${error.port} cannot be used (${code}); ${option} 0 takes any free one`;
  }
  if (caFile !== undefined && error.path !== undefined) return `--ca-file ${caFile} cannot be written (${code})`;
  throw error;
};

/** That of the package: `package.json` lies beside this file, before and after it is compiled. */
const version = async (): Promise<string> => {
  const manifest = await readFile(new URL('package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

const options = optionsFrom(process.argv.slice(2));
if (options?.help) process.stdout.write(usage);
else if (options?.version) process.stdout.write(`${await version()}\n`);
else if (options) await run(options).catch((error: unknown) => refuse(refusalOf(error as Error, options)));
