/** A program that uses the library to read with its own rights: prints one line, and leaves the rest to the library. */
import { AseError, findKeyVault, readAuditLog, showActivationKey } from '../../client.ts';

export type Read = {
  value?: unknown;
  /** `all`: every text that hangs on what was thrown, also where it does not show. */
  error?: { type: string; actions: unknown; all: string };
};

const textsIn = (value: unknown, seen = new Set<unknown>()): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  const members = Object.values(Object.getOwnPropertyDescriptors(value)).map((each): unknown => each.value);
  return members.flatMap((member) => textsIn(member, seen));
};

const read = async (call: string | undefined, deviceId: string): Promise<Read> => {
  const of = { deviceId };
  const reads: Record<string, () => Promise<unknown>> = {
    showActivationKey: () => showActivationKey(of),
    readAuditLog: () => readAuditLog(of),
    findKeyVault: () => findKeyVault(of),
  };
  try {
    return { value: await reads[call ?? '']?.() };
  } catch (error) {
    const { type = 'none', actions = [] } = error instanceof AseError ? error : {};
    return { error: { type, actions, all: textsIn(error).join('\n') } };
  }
};

const [call, deviceId = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await read(call, deviceId))}\n`);
