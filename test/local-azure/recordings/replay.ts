/** Replays recorded Azure traffic against the local Azure, with the script that scores the difference. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLocalAzure, type LocalAzure } from '../../../local-azure/index.ts';
import { mainSubscription } from '../../../local-azure/new-state.ts';
import type { Settings } from '../../../local-azure/settings.ts';
import { serve, type Addresses } from '../../../local-azure/serve/index.ts';
import { pooledCertificates } from '../../harness/certificates.ts';
import { presupposed, presupposedAbsences, type Presupposed } from './presupposed.ts';

/** One recorded exchange, as far as we read it ourselves. */
export type Exchange = { src: string; method: string; url: string; req: unknown; body: unknown };

/** What matched, of how many. */
export type Score = Record<Measure, { matched: number; of: number }>;

const measures = ['status', 'err', 'hdr', 'path', 'val'] as const;
export type Measure = (typeof measures)[number];

/** The recordings stand beside the project, and are no part of it. */
const beside = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const recordings = path.join(beside, 'azure-recordings/exchanges.jsonl');
const script = path.join(beside, 'tools/azure-replay.py');

export const recordingsAreThere = existsSync(recordings) && existsSync(script);

/** The recordings of these folders. */
export const recordingsOf = async (folders: readonly string[]): Promise<Map<string, Exchange[]>> => {
  const lines = (await readFile(recordings, 'utf8')).trimEnd().split('\n');
  const exchanges = lines.map((line) => JSON.parse(line) as Exchange);
  return Map.groupBy(
    exchanges.filter(({ src }) => folders.includes(src.split('/')[0] ?? '')),
    ({ src }) => src,
  );
};

/**
 * Each recording in a world of its own: names are global, and one recording's leavings are in the way of the next. The
 * devices that a recording uses and never makes are made first. `report` is the script's own list of differences.
 */
export const replay = async (src: string, exchanges: Exchange[]): Promise<{ score: Score; report: string }> => {
  const azure = createLocalAzure({
    clock: { now: () => Date.now() },
    certificates: await pooledCertificates(),
    settings: atOnce,
  });
  const served = await serve(azure, { port: 0 });
  try {
    for (const resource of presupposed(exchanges)) await make(azure, resource);
    for (const group of presupposedAbsences(exchanges)) keepAway(azure, group);
    const report = await run([...argumentsFor(azure, served.addresses), '--src', src]);
    return { score: scoreIn(report), report };
  } finally {
    await served.close();
  }
};

export const sum = (scores: Score[]): Score =>
  Object.fromEntries(
    measures.map((measure) => [
      measure,
      {
        matched: scores.reduce((total, score) => total + score[measure].matched, 0),
        of: scores.reduce((total, score) => total + score[measure].of, 0),
      },
    ]),
  ) as Score;

/** The script replays minutes in moments and waits for few things: in between, nothing may take long. */
const atOnce: Partial<Settings> = {
  vaultDns: 0,
  accessPolicyEffect: 0,
  secretDeletion: 0,
  secretRecovery: 0,
  deletion: 0,
  deviceChild: 0,
  vaultPurge: 0,
  storageAccount: 0,
  providerRegistration: 0,
};

const make = async (azure: LocalAzure, { kind, group, name, location }: Presupposed): Promise<void> => {
  const { control } = azure;
  const { namespace, type, apiVersion, properties } = kinds[kind];
  control.register({ namespace });
  control.putGroup({ name: group, location });
  const subscription = `/subscriptions/${mainSubscription(azure.state)}`;
  const id = `${subscription}/resourceGroups/${group}/providers/${namespace}/${type}/${name}`;
  const { status } = await azure.fetch(
    new Request(`${arm}${id}?api-version=${apiVersion}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${azure.issueToken(azure.principals.owner, arm)}` },
      body: JSON.stringify({ location, ...properties(azure) }),
    }),
  );
  if (status >= 300) throw new Error(`The ${kind} ${name} could not be made: ${status}`);
};

const keepAway = ({ control }: LocalAzure, group: string): void => {
  const action = { status: 403, code: 'AuthorizationFailed' };
  control.addFault({ method: 'PUT', path: new RegExp(`/resourceGroups/${group}$`, 'i'), action });
};

const arm = 'https://management.localhost';

const kinds = {
  device: {
    namespace: 'Microsoft.DataBoxEdge',
    type: 'dataBoxEdgeDevices',
    apiVersion: '2021-06-01',
    properties: () => ({ sku: { name: 'Edge' }, identity: { type: 'SystemAssigned' } }),
  },
  account: {
    namespace: 'Microsoft.Storage',
    type: 'storageAccounts',
    apiVersion: '2022-09-01',
    properties: () => ({ sku: { name: 'Standard_LRS' }, kind: 'StorageV2' }),
  },
  vault: {
    namespace: 'Microsoft.KeyVault',
    type: 'vaults',
    apiVersion: '2023-02-01',
    properties: ({ state }: LocalAzure) => ({
      properties: { tenantId: state.tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] },
    }),
  },
};

const argumentsFor = (azure: LocalAzure, { port, caFile, armEndpoint, authorityHost }: Addresses): string[] => {
  const { tenantId } = azure.state;
  const { objectId, clientId, clientSecret = '' } = azure.principals.owner;
  return Object.entries({
    jsonl: recordings,
    base: armEndpoint,
    ca: caFile,
    'token-url': `${authorityHost}/${tenantId}/oauth2/v2.0/token`,
    subscription: mainSubscription(azure.state),
    tenant: tenantId,
    'object-id': objectId,
    'client-id': clientId,
    'client-secret': clientSecret,
    'arm-scope': `${armEndpoint}/.default`,
    'vault-scope': `https://vault.localhost:${port}/.default`,
    poll: '0.02',
  }).flatMap(([name, value]) => [`--${name}`, value]);
};

/** The script ends with 1 where anything differs: that is a score, not a failure. */
const run = (args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('python3', [script, ...args, '--verbose'], (error, stdout, stderr) => {
      if (stdout.includes('TOTAL ')) resolve(stdout);
      else reject(new Error(`The replay failed: ${stderr}`, { cause: error }));
    });
  });

const scoreIn = (report: string): Score => {
  const total = /^TOTAL (.*)$/m.exec(report)?.[1] ?? '';
  return Object.fromEntries(
    measures.map((measure) => {
      const [, matched = '0', of = '0'] = new RegExp(`\\b${measure} (\\d+)/(\\d+)`).exec(total) ?? [];
      return [measure, { matched: Number(matched), of: Number(of) }];
    }),
  ) as Score;
};
