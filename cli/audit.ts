/** `ase audit`: who called the vault, from its audit log. */
import type { Command } from 'commander';
import type { VaultAudit } from '../client.ts';
import { readAuditLog } from '../client/own-rights.ts';
import type { CallCount } from '../domain/audit-log.ts';
import { addDeviceOptions, addLeaf, print, readDevice, type DeviceOptions } from './command.ts';
import { aligned, fields, table, type Row } from './output.ts';
import { during, say } from './terminal.ts';

/** Adds `ase audit`. */
export const addAudit = (program: Command): void => {
  const leaf = addLeaf(program, 'audit', {
    description: "list the callers of the device's key vault, from its audit log, read with your own rights",
    example: 'ase audit -g edge-rg -n edge-1 --since 7d',
  });
  addDeviceOptions(leaf)
    .option(
      '--since <when>',
      'start of the period: an age such as 90m, 24h or 7d, or a time such as 2026-01-31T08:00:00Z',
      '24h',
    )
    .action(() => showAudit(leaf.opts()));
};

type Options = DeviceOptions & { since: string };

const showAudit = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const found = await during(`Reading the audit log of ${device.name}`, () =>
    readAuditLog({ deviceId: device.id, since: options.since }, { config }),
  );
  if (found.calls === 0) say('No calls. Azure writes the log with a delay of up to ten minutes.');
  if (found.unreadable > 0) say(`${found.unreadable} lines of the log are not records and were skipped.`);
  print(found, options, () => describeAudit(found));
};

/** Returns the audit as text: the facts, a bar for each operation, and a table of the callers. */
const describeAudit = ({ byCall, ...facts }: VaultAudit): string =>
  [fields(facts), bars(byCall), table(byCall.map(rowOf))].filter((part) => part !== '').join('\n');

/** Leaves out the object ids, which only programs need. */
const rowOf = ({ operation, caller, result, calls, first, last }: CallCount): Row => ({
  operation,
  caller,
  result,
  calls,
  first,
  last,
});

const longestBar = 40;

const bars = (byCall: VaultAudit['byCall']): string => {
  const totals = new Map<string, number>();
  for (const { operation, calls } of byCall) totals.set(operation, (totals.get(operation) ?? 0) + calls);
  const most = [...totals.values()].reduce((one, other) => Math.max(one, other), 0);
  const rows = [...totals].sort(([, one], [, other]) => other - one);
  return aligned(rows.map(([operation, calls]) => [operation, `${bar(calls / most)} ${calls}`]));
};

/** Returns at least one block, so that a single call is visible. */
const bar = (share: number): string => '█'.repeat(Math.max(1, Math.round(share * longestBar)));
