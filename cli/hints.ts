/** Hints of errors as command lines: the client returns hints as data. */
import type { Action } from '../client/actions.ts';
import type { AseError, AseErrorType } from '../client/errors.ts';
import type { Link } from '../client/searches.ts';
import { commandLine, usualSubscription, type Config } from '../config.ts';
import { parseDeviceId, type DeviceId } from '../domain/device.ts';
import { aligned } from './output.ts';

/** The default subscription, which a command line may omit. */
export type Usual = Pick<Config, 'subscriptionId'>;

/** Returns `-g edge-rg -n edge-1`, with the subscription if it differs from the environment's. */
export const deviceOptions = ({ subscriptionId, resourceGroup, name }: DeviceId, usual: Usual): string => {
  const isUsual = usual.subscriptionId?.toLowerCase() === subscriptionId.toLowerCase();
  return `-g ${quoted(resourceGroup)} -n ${name}${isUsual ? '' : ` --subscription ${subscriptionId}`}`;
};

/** Names of resource groups may contain parentheses, which are syntax in a shell. */
const quoted = (name: string): string => (/[()]/.test(name) ? `'${name}'` : name);

/** Returns the hint of an error, with a line for each command that helps. */
export const hintOf = ({ hint, actions, type }: AseError, usual: Usual = usualSubscription()): string => {
  const lines = actions.map((action) => lineOf(action, usual));
  const answers = lines.filter(({ label }) => label === undefined).map(({ command }) => `  ${command}`);
  const others = lines.flatMap(({ label, command }) => (label === undefined ? [] : [`${label}: ${command}`]));
  const own = ownWords[type];
  return [
    hint,
    ...others,
    ...(answers.length === 0 ? [] : ['To decide, type one of:', ...answers]),
    ...(own === undefined ? [] : [own]),
  ].join('\n');
};

/** Advice that only applies to the command line. */
const ownWords: Partial<Record<AseErrorType, string>> = {
  TemporalUnreachable: 'In a checkout, npm run dev starts everything. If it is running, load .local/env again.',
  TemporalRefused: 'To check the set-up: ase doctor',
  NoWorker: 'Start one: ase-worker, or npm run dev in a checkout',
  AzureUnreachable: 'If it persists: ase doctor',
  AzureRefused: 'To check the set-up: ase doctor',
};

/** A line without a label is one of several decisions. */
type Line = { label?: string; command: string };

/** Returns the command line for an action. */
export const commandOf = (action: Action, usual: Usual): string => lineOf(action, usual).command;

const lineOf = (action: Action, usual: Usual): Line => {
  if (action.action === 'surveyBlocked') return { label: 'See what is blocked', command: 'ase blocked list' };
  if ('workflowId' in action) {
    const label = action.action === 'cancel' ? 'Cancel it' : 'Look';
    return { label, command: `temporal workflow ${action.action} --workflow-id '${action.workflowId}'` };
  }
  return aboutDevice(action, deviceOptions(parseDeviceId(action.deviceId), usual));
};

const aboutDevice = (action: Extract<Action, { deviceId: string }>, device: string): Line => {
  switch (action.action) {
    case 'status':
      return { label: 'Look at it', command: `ase status ${device}` };
    case 'result':
      return { label: 'Wait for its end', command: `ase status ${device} --watch` };
    case 'showActivationKey':
      return { label: 'Read the key', command: `ase key show ${device}` };
    case 'repair':
      return { label: 'Repair it', command: `ase device repair ${device}` };
    case 'generateActivationKey':
      return { label: 'Generate a key', command: `ase key generate ${device}` };
    case 'regenerateActivationKey':
      return { label: 'Make another key', command: `ase key regenerate ${device} --supersede` };
    case 'recoverKeyVault':
      return { label: 'Recover the key vault', command: `ase vault recover ${device}` };
    case 'consent': {
      const { decision, keyVaultName, inventory } = action;
      const read = inventory === undefined ? '' : ` --inventory ${inventory}`;
      return { command: `ase consent ${device} --decision ${decision} --vault-name ${keyVaultName}${read}` };
    }
    case 'retry': {
      const input = action.input ? ` --input '${JSON.stringify(action.input)}'` : '';
      return { command: `ase blocked retry ${device} --reason "why"${input}` };
    }
    case 'skip':
    case 'abort':
      return { command: `ase blocked ${action.action} ${device} --reason "why"` };
  }
};

/** Replaces `ase` in the commands of a text by how it was called, so that a hint can be pasted. */
export const asTyped = (text: string): string =>
  text.replace(
    /\base (?=(?:--help|key|status|blocked|consent|audit|doctor|device|vault|completion)\b)/g,
    `${commandLine()} `,
  );

/** Returns the links into Temporal's web UI, one per line, or how to enable them. */
export const describeLinks = (links: readonly Link[]): string => {
  if (links.length === 0) return "Links into Temporal's web UI: set ASE_TEMPORAL_UI to its address.";
  return `In Temporal's web UI:\n${aligned(links.map(({ what, url }) => [`  ${what}`, url])).trimEnd()}`;
};

/** Returns what has become of a decision or a consent: a signal reaches a worker later, and counts if it still fits then. */
export const describeSent = (
  kind: 'Decision' | 'Consent',
  content: string,
  { sent, taskQueue }: { sent: 'update' | 'signal'; taskQueue: string },
): string =>
  sent === 'update'
    ? `${kind} recorded: ${content}`
    : `No worker answers on the task queue "${taskQueue}": ${content} was sent as a signal; a worker applies it if it still fits`;
