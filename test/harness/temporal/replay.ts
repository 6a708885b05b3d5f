import { isDeepStrictEqual } from 'node:util';
import { refusedUpdates, type RecordedActivation } from './history.ts';
import type { Command, Job, Sandbox } from './internals.ts';
import { readable } from './payloads.ts';

/** Brings a fresh sandbox to where the recorded activations left the old one; other commands are nondeterminism. */
export async function replay(sandbox: Sandbox, activations: readonly RecordedActivation[]): Promise<void> {
  for (const { at, jobs, commands, flags, historyLength } of activations.map(asInHistory)) {
    if (jobs.length === 0) continue;
    const again = await sandbox.activate({ at, jobs, replaying: true, flags, historyLength });
    if (isDeepStrictEqual(again.commands, commands) || isSame(again.commands, commands)) continue;
    throw new Error(`nondeterminism: recorded ${show(commands)}, replayed ${show(again.commands)}`);
  }
}

/** A refused update leaves no trace in a history, an accepted one is not validated again, a patch is known at once. */
function asInHistory({ jobs, commands, ...rest }: RecordedActivation): RecordedActivation {
  const refused = refusedUpdates(jobs, commands);
  const patches: Job[] = commands.flatMap(({ setPatchMarker }) =>
    setPatchMarker ? [{ notifyHasPatch: { patchId: setPatchMarker.patchId ?? null } }] : [],
  );
  const told = jobs
    .filter(({ doUpdate }) => !refused.has(doUpdate?.protocolInstanceId ?? ''))
    .map((job) => (job.doUpdate ? { doUpdate: { ...job.doUpdate, runValidator: false } } : job));
  return {
    ...rest,
    jobs: [...patches, ...told],
    commands: commands.filter(({ updateResponse }) => !refused.has(updateResponse?.protocolInstanceId ?? '')),
  };
}

/** Those of a sandbox with other code have other prototypes. */
const isSame = (one: readonly Command[], other: readonly Command[]): boolean =>
  isDeepStrictEqual(structuredClone(one), structuredClone(other));

const show = (commands: readonly Command[]): string => JSON.stringify(readable(commands));
