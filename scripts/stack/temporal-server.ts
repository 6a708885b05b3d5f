/** Temporal's development server: on loopback, on ports that were free, ended with us. */
import { Connection } from '@temporalio/client';
import { searchAttributes as productAttributes } from '../../workflows/search-attributes.ts';
import { freePorts } from './free-ports.ts';
import { type Child, spawnChild, stopChild, untilReady } from './processes.ts';
import { type TemporalBinary, isAtLeast } from './temporal-cli.ts';

/** Names and types in the form of the server's command line: `Keyword`, `Datetime` and the like. */
export type SearchAttributeTypes = Readonly<Record<string, string>>;

/** The search attributes that the workflows write: the server starts with them. */
export const searchAttributes: SearchAttributeTypes = Object.fromEntries(
  Object.values(productAttributes).map(({ name, type }) => [name, capitalized(type)]),
);

/**
 * The server polls its task queues 20 times a second at most, which makes each step in a row wait 50 ms (measured);
 * a production server has no such limit at our load. Numbers are printed with these flags beside them.
 */
export const pollLimitFlags: readonly string[] = [
  '--dynamic-config-value',
  'history.transferProcessorMaxPollRPS=1000',
  '--dynamic-config-value',
  'history.timerProcessorMaxPollRPS=1000',
];

/** With a file behind it the server keeps its pace only in this journal mode (measured). */
const databasePragmas = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];

/** The first version known to have `--ui-disable-news-fetch`; older ones refuse to start with it (1.6 tried). */
const newsFlagSince = '1.8.3';

export type TemporalServerOptions = {
  binary: TemporalBinary;
  /** Keeps workflows over a restart; in memory without. */
  dbFilename?: string;
  ui: boolean;
  searchAttributes?: SearchAttributeTypes;
  /** A fixed port to start a server again under the same address; else a free one. */
  port?: number;
  log?: string;
};

export type TemporalServer = {
  address: string;
  uiUrl?: string;
  pid: number;
  child: Child;
  /** All arguments of the server, to print beside measurements. */
  flags: readonly string[];
  stop: () => Promise<void>;
};

export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  // Between our asking for a free port and the server's taking it somebody else may: then it exits, and we ask again.
  for (let attempt = 1; ; attempt += 1) {
    const [free = 0, uiPort = 0] = await freePorts(2);
    const port = options.port ?? free;
    const flags = serverFlags(options, port, uiPort);
    const child = await spawnChild('temporal', options.binary.path, flags, {
      env: process.env,
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    try {
      await untilServing(child, port);
    } catch (error) {
      if (lostPort(child) && options.port === undefined && attempt < 5) continue;
      throw error;
    }
    return {
      address: `127.0.0.1:${port}`,
      ...(options.ui ? { uiUrl: `http://127.0.0.1:${uiPort}` } : {}),
      pid: child.pid,
      child,
      flags,
      stop: async () => void (await stopChild(child)),
    };
  }
}

function serverFlags(options: TemporalServerOptions, port: number, uiPort: number): readonly string[] {
  const { binary, dbFilename, ui, searchAttributes: attributes = searchAttributes } = options;
  const always = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'];
  return [
    ...always,
    ...(ui ? ['--ui-port', String(uiPort)] : ['--headless']),
    ...(ui && isAtLeast(binary.version, newsFlagSince) ? ['--ui-disable-news-fetch'] : []),
    ...pollLimitFlags,
    ...Object.entries(attributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...(dbFilename === undefined ? [] : ['--db-filename', dbFilename, ...databasePragmas]),
  ];
}

/**
 * The server that answers must be ours: it prints its banner only after it has the port for itself, and only then is
 * the port asked.
 */
async function untilServing(child: Child, port: number): Promise<void> {
  const banner = new RegExp(`Server:\\s+\\S+:${port}$`);
  await untilReady(child, 30_000, () => child.output.find((line) => banner.test(line)));
  await untilReady(child, 30_000, () => answers(port));
}

async function answers(port: number): Promise<true | undefined> {
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: '1s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return undefined;
  }
}

function lostPort(child: Child): boolean {
  return child.lastLines.some((line) => line.includes('address already in use'));
}

/** `KEYWORD` of the SDK is `Keyword` on the command line. */
function capitalized(type: string): string {
  return type.charAt(0) + type.slice(1).toLowerCase();
}
