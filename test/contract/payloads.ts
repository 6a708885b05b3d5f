/**
 * Every payload that crosses Temporal, as the types of the product say its shape: the compiler writes them out in full.
 */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type * as workflows from '../../workflows/index.ts';
import type * as messages from '../../workflows/messages.ts';

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
/** What else is in the file of the messages, such as limits, is no message. */
declare const ofMessages: {
  [Name in keyof Messages as MessageShape<Messages[Name]> extends never ? never : Name]: MessageShape<Messages[Name]>;
};

export const workflowPayloads = ofWorkflows;
export const messagePayloads = ofMessages;
