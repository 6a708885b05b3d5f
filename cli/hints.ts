/** What errors advise, as people type it: the command lines for what the client says as data. */
import type { Action } from '../client/actions.ts';
import type { AseError, AseErrorType } from '../client/errors.ts';
import type { Link } from '../client/searches.ts';
import { commandLine, usualSubscription, type Config } from '../config.ts';
import { parseDeviceId, type DeviceId } from '../domain/device.ts';
import { aligned } from './output.ts';

/** Which subscription need not be typed. */
export type Usual = Pick<Config, 'subscriptionId'>;

/** `-g edge-rg -n edge-1`, with the subscription where it is not the one of the environment. */
export const deviceOptions = ({ subscriptionId, resourceGroup, name }: DeviceId, usual: Usual): string => {
  const isUsual = usual.subscriptionId?.toLowerCase() === subscriptionId.toLowerCase();
  return `-g ${quoted(resourceGroup)} -n ${name}${isUsual ? '' : ` --subscription ${subscriptionId}`}`;
};

/** Names of resource groups may hold parentheses, which mean something to a shell. */
const quoted = (name: string): string => (/[()]/.test(name) ? `'${name}'` : name);

/** The hint of an error, and below it a line for each command that follows from it. */
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

/** What only whoever sits here can do about it. */
const ownWords: Partial<Record<AseErrorType, string>> = {
  TemporalUnreachable: 'In a checkout, npm run dev brings up everything.',
  TemporalRefused: 'What else is wrong with the set-up: ase doctor',
  NoWorker: 'Start one: ase-worker, or npm run dev in a checkout',
  AzureUnreachable: 'If it persists: ase doctor',
  AzureRefused: 'What else is wrong with the set-up: ase doctor',
};

/** Without a label it is a decision, of which there is a choice. */
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

/** Commands inside a text, as they are typed here: a hint is to be pasted as it stands. */
export const asTyped = (text: string): string =>
  text.replace(
    /\base (?=(?:--help|key|status|blocked|consent|audit|doctor|device|vault|completion)\b)/g,
    `${commandLine()} `,
  );

/** For a terminal: one link a line, or how to get them. */
export const describeLinks = (links: readonly Link[]): string => {
  if (links.length === 0) return "Links into Temporal's web UI: set ASE_TEMPORAL_UI to its address.";
  return `In Temporal's web UI:\n${aligned(links.map(({ what, url }) => [`  ${what}`, url])).trimEnd()}`;
};
