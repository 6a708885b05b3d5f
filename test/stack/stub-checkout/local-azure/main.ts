/** Stands in for the local Azure: its command line and its ready line, and nothing behind them. */
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { port: { type: 'string' }, 'ca-file': { type: 'string' }, 'seed-demo': { type: 'boolean' } },
});
const caFile = values['ca-file'] ?? '';
const principal = (name: string) => ({
  clientId: `${name}-id`,
  clientSecret: `${name}-secret`,
  objectId: `${name}-oid`,
});

appendFileSync('pids', `${process.pid}\n`);
writeFileSync(caFile, 'not a certificate');
process.on('SIGTERM', () => {
  rmSync(caFile);
  process.exit(0);
});
setInterval(() => undefined, 60_000);

console.log(
  JSON.stringify({
    armEndpoint: 'https://management.localhost:1',
    authorityHost: 'https://login.localhost:1',
    controlEndpoint: 'https://control.localhost:1',
    port: 1,
    vaultSuffix: '.vault.localhost',
    blobSuffix: '.blob.localhost',
    caFile,
    tenantId: 'tenant',
    subscriptionId: 'subscription',
    principals: {
      owner: principal('owner'),
      worker: principal('worker'),
      operator: principal('operator'),
      reader: principal('reader'),
    },
  }),
);
