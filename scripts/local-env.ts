/**
 * Preload for the command line (`node --import ./scripts/local-env.ts cli.ts`): while a stack is up in this checkout,
 * its variables are ours. They win over those of the shell, since who has brought up a stack means it.
 */
import { existsSync, readFileSync } from 'node:fs';
import tls from 'node:tls';
import { readEnv } from './stack/env-file.ts';
import { localFiles } from './stack/local-files.ts';

const { env: file } = localFiles();
if (existsSync(file)) useVariables(readFileSync(file, 'utf8'));

function useVariables(text: string): void {
  const variables = readEnv(text);
  Object.assign(process.env, variables);
  // Node has read this variable already, when the process started.
  const authority = variables['NODE_EXTRA_CA_CERTS'];
  if (authority === undefined) return;
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(authority, 'utf8')]);
}
