/** Command lines, read by the command line's own program, and what each asks a client to start. */
import type { ProcedureInput, ProcedureName } from '../../client/procedures.ts';
import { readConsentOption, type DeletionOptions } from '../../cli/deletion.ts';
import { createProgram } from '../../cli/program.ts';

/** All options of the commands that are played here, as their program reads them. */
export type Options = DeletionOptions & {
  resourceGroup?: string;
  name?: string;
  audit?: 'first' | 'after';
  softDeletedVault?: 'ask' | 'recover';
  supersede?: boolean;
  requestId?: string;
  confirm?: string;
  allowOnline?: boolean;
  watch?: boolean;
  reason?: string;
  input?: string;
};

export type Typed = { command: string; options: Options };

/** @throws CommanderError for what the command line would refuse */
export const readTyped = (words: readonly string[]): Typed => {
  const program = createProgram();
  let leaf = program;
  const names: string[] = [];
  for (const word of words) {
    const below = leaf.commands.find((one) => one.name() === word);
    if (!below) break;
    leaf = below;
    names.push(word);
  }
  leaf.action(() => undefined);
  program.parse(words, { from: 'user' });
  return { command: names.join(' '), options: leaf.opts<Options>() };
};

export type Asked = { [N in ProcedureName]: { procedure: N; input: ProcedureInput<N> } }[ProcedureName];

/** What each command that starts something asks for. */
export const starting: Readonly<Record<string, (deviceId: string, options: Options) => Asked>> = {
  'key generate': (deviceId, { vaultName, audit, softDeletedVault }) => ({
    procedure: 'generateActivationKey',
    input: {
      deviceId,
      ...(vaultName ? { keyVaultName: vaultName } : {}),
      ...(audit ? { audit } : {}),
      ...(softDeletedVault ? { softDeletedVault } : {}),
    },
  }),
  'key regenerate': (deviceId, { supersede = false, requestId }) => ({
    procedure: 'regenerateActivationKey',
    input: { deviceId, supersede, ...(requestId ? { requestId } : {}) },
  }),
  'vault recover': (deviceId, { vaultName }) => ({
    procedure: 'recoverKeyVault',
    input: { deviceId, ...(vaultName ? { keyVaultName: vaultName } : {}) },
  }),
  'vault delete': (deviceId, options) => ({
    procedure: 'deleteKeyVault',
    input: {
      deviceId,
      ...(options.vaultName ? { keyVaultName: options.vaultName } : {}),
      ...readConsentOption(options),
    },
  }),
  'device delete': (deviceId, options) => ({
    procedure: 'deleteDevice',
    input: {
      deviceId,
      confirmDevice: options.confirm ?? '',
      allowOnline: options.allowOnline ?? false,
      ...readConsentOption(options),
    },
  }),
  'device repair': (deviceId) => ({ procedure: 'repairDevice', input: { deviceId } }),
};
