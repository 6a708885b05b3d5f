/** The Azure CLI as a function. */
import path from 'node:path';
import { describeExit, spawnChild, withLastLines } from '../stack/processes.ts';

/** The output of a command, unchanged: each step asserts the parts that it needs. */
export type Output = Readonly<Record<string, unknown>>;

export type AzureCli = {
  /** Runs a command that prints one JSON object or nothing. Throws its output when it fails. */
  show(...args: string[]): Promise<Output>;
  /** Runs a command that prints a JSON list. */
  list(...args: string[]): Promise<Output[]>;
  /** Runs a command that has to fail, and returns what it says. */
  refusal(...args: string[]): Promise<string>;
};

export function azureCli(python: string, env: NodeJS.ProcessEnv): AzureCli {
  const run = (args: string[]) =>
    spawnChild(`az ${args.slice(0, 3).join(' ')}`, python, ['-m', 'azure.cli', ...args], { env });
  const answer = async (args: string[]): Promise<unknown> => {
    const child = await run(args);
    const exit = await child.exited;
    if (exit.code !== 0) throw new Error(withLastLines(child, `ended (${describeExit(exit)})`));
    const text = child.output.join('\n');
    return text === '' ? {} : (JSON.parse(text) as unknown);
  };
  return {
    show: async (...args) => (await answer(args)) as Output,
    list: async (...args) => (await answer(args)) as Output[],
    refusal: async (...args) => {
      const child = await run(args);
      const exit = await child.exited;
      if (exit.code === 0) throw new Error(withLastLines(child, 'did not fail'));
      return child.lastLines.join('\n');
    },
  };
}

/**
 * The environment of outside clients, built from nothing: only the proxy leads to the local Azure, and nothing
 * is written outside `home`. `NO_PROXY=localhost` would lead the clients past the proxy.
 */
export function outsideEnvironment(
  { proxyEndpoint, caFile }: { proxyEndpoint: string; caFile: string },
  home: string,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: home,
    HTTPS_PROXY: proxyEndpoint,
    REQUESTS_CA_BUNDLE: caFile,
    AZURE_CONFIG_DIR: path.join(home, 'azure'),
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
    AZURE_CORE_OUTPUT: 'json',
    AZURE_EXTENSION_USE_DYNAMIC_INSTALL: 'no',
  };
}

/** For a cloud of its own: without this setting the CLI asks public Azure whether to trust the authority. */
export const withoutInstanceDiscovery = { AZURE_CORE_INSTANCE_DISCOVERY: 'false' };
