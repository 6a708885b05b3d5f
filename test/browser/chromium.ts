/** The system's Chromium, driven as a person would use it. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** @throws Error that says what to install, where there is none */
export const openBrowser = async (): Promise<Browser> => {
  const executablePath = await findChromium(process.env);
  // What it opens is on loopback, which no proxy of the machine can reach.
  return chromium.launch({ executablePath, args: ['--no-proxy-server'] });
};

const findChromium = async (env: NodeJS.ProcessEnv): Promise<string> => {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const file of names.flatMap((name) => folders.map((folder) => path.join(folder, name)))) {
    if (await isExecutable(file)) return file;
  }
  throw new Error(
    `No Chromium on PATH (${names.join(', ')}): the web UI cannot be tested. ` +
      'On Debian and Ubuntu: apt-get update && apt-get install -y chromium',
  );
};

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
