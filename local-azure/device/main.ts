import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { connectControl, type ControlAddress } from '../control-client.ts';

const usage = `Usage: npm run -s device -- activate NAME [--local-azure FILE] < key.txt

Pastes an activation key into the simulated device NAME (or its ARM id).
FILE holds the line that the local Azure printed (default: .local/local-azure.json).
`;

type Arguments = { device: string; file: string };

const parseArguments = (args: string[]): Arguments | undefined => {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { 'local-azure': { type: 'string', default: '.local/local-azure.json' } },
      allowPositionals: true,
    });
    const [verb, device, ...more] = positionals;
    if (verb !== 'activate' || device === undefined || more.length > 0) return undefined;
    return { device, file: values['local-azure'] };
  } catch {
    return undefined;
  }
};

const addressIn = async (file: string): Promise<ControlAddress> =>
  JSON.parse(await readFile(file, 'utf8')) as ControlAddress;

/** Returns the exit code: 0 activated, 1 refused or no local Azure to be found, 2 not understood. */
const main = async (args: string[]): Promise<number> => {
  const parsed = parseArguments(args);
  if (!parsed) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    const control = await connectControl(await addressIn(parsed.file));
    const result = await control
      .activateDevice(parsed.device, await text(process.stdin))
      .finally(() => control.close());
    if (!result.activated) {
      process.stderr.write(`${result.code}: ${result.message}\n`);
      return 1;
    }
    process.stdout.write(`Device ${parsed.device} is online (serial number ${result.serialNumber}).\n`);
    process.stdout.write(`${result.keyVaultSyncStatus}: ${result.secrets.join(', ')}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`No running local Azure found through ${parsed.file}: ${(error as Error).message}\n`);
    return 1;
  }
};

process.exitCode = await main(process.argv.slice(2));
