/**
 * Every payload that crosses Temporal, as the types of the product say its shape: the compiler writes them out in full.
 */
import type { Remembered } from '../../activities/audit-storage.ts';
import type { Situation, Settled } from '../../activities/call.ts';
import type { Asked as AskedToDelete } from '../../activities/device.ts';
import type { FailureDetails } from '../../activities/failure.ts';
import type { createActivities } from '../../activities/index.ts';
import type { Taking } from '../../activities/key-vault-deletion.ts';
import type { Asked as AskedToRecover } from '../../activities/recovery.ts';
import type { Making } from '../../activities/key-vault.ts';
import type { Written as TagsWritten } from '../../activities/access-policies.ts';
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type * as workflows from '../../workflows/index.ts';
import type * as messages from '../../workflows/messages.ts';
import type { OutcomeSoFar } from '../../workflows/progress.ts';

/** A shape without the names of types. Words are marked: a list of them keeps its name where it stays what it is. */
type Written<T> = T extends string
  ? `=${T}`
  : T extends readonly (infer Item)[]
    ? Written<Item>[]
    : T extends object
      ? { [Key in keyof T]: Written<T[Key]> }
      : T;

type Workflows = typeof workflows;
type Messages = typeof messages;
type Activities = ReturnType<typeof createActivities>;

type MessageShape<Definition> =
  Definition extends UpdateDefinition<infer Answer, infer Arguments>
    ? { update: Written<Arguments[0]>; answer: Written<Answer> }
    : Definition extends SignalDefinition<infer Arguments>
      ? { signal: Written<Arguments[0]> }
      : Definition extends QueryDefinition<infer Answer, infer Arguments>
        ? { query: Written<Arguments[0]>; answer: Written<Answer> }
        : never;

/** Only their types are of use. */
declare const ofWorkflows: {
  [Name in keyof Workflows]: {
    input: Written<Parameters<Workflows[Name]>[0]>;
    result: Written<Awaited<ReturnType<Workflows[Name]>>>;
  };
};
/** What every activity takes besides its input is told once, below. */
declare const ofActivities: {
  [Name in keyof Activities]: {
    input: Written<Parameters<Activities[Name]>[0]>;
    result: Written<Awaited<ReturnType<Activities[Name]>>>;
  };
};
/**
 * What attempts of an activity are given beside its input, and what they hand on as heartbeat details, by the part that remembers
 * it: attempts of a later release read what those of an earlier one wrote.
 */
type OfAttempts = {
  situation: Situation;
  heartbeatOfSettling: Settled;
  heartbeatOfTags: TagsWritten;
  heartbeatOfKeyVault: Making;
  heartbeatOfKeyVaultRecovery: AskedToRecover;
  heartbeatOfAuditStorage: Remembered;
  heartbeatOfDeviceDeletion: AskedToDelete;
  heartbeatOfInventory: Taking;
};
declare const ofAttempts: { [Name in keyof OfAttempts]: Written<OfAttempts[Name]> };
/** The only details of an `ApplicationFailure`: of an activity, and of a workflow that was given up at a step. */
type OfFailures = { ofActivity: FailureDetails; ofWorkflow: OutcomeSoFar };
declare const ofFailures: { [Name in keyof OfFailures]: Written<OfFailures[Name]> };
/** What else is in the file of the messages, such as limits, is no message. */
declare const ofMessages: {
  [Name in keyof Messages as MessageShape<Messages[Name]> extends never ? never : Name]: MessageShape<Messages[Name]>;
};

export const workflowPayloads = ofWorkflows;
export const messagePayloads = ofMessages;
export const activityPayloads = ofActivities;
export const attemptPayloads = ofAttempts;
export const failureDetails = ofFailures;
