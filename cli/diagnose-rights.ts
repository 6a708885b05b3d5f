/** Checks the rights that the procedures require in a resource group, and the state of the resource providers. */
import type { Azure, Subscription } from '../azure/clients.ts';
import { connect, type ActivationPreview } from '../client.ts';
import { explainAzure, openAzure } from '../client/own-vault.ts';
import { AseError } from '../client/errors.ts';
import type { Config } from '../config.ts';
import { resourceGroupId, type DeviceId } from '../domain/device.ts';
import {
  keyProviders,
  trailProviders,
  activationActions,
  deviceDeletionActions,
  excessActions,
  keyVaultDeletionActions,
  missingActions,
  recoveryActions,
  regenerationActions,
  trailActions,
  type Permission,
} from '../domain/rights.ts';
import { attempt, failed, skipped, type Check, type Finding } from './diagnosis.ts';

/** Where rights are checked, and whose. */
export type RightsScope = {
  /** A device in the resource group to check. */
  device: DeviceId;
  /** Whether the device exists, so that the worker can report its own rights. */
  asksWorker: boolean;
  /** Whether rights that nobody requires here are listed by name. */
  verbose: boolean;
};

const procedures: Record<string, readonly string[]> = {
  activation: activationActions,
  'audit trail': trailActions,
  regeneration: regenerationActions,
  recovery: recoveryActions,
};
/** Granted only while something is deleted, so it is correct not to hold them. */
const justInTime: Record<string, readonly string[]> = {
  'device deletion': deviceDeletionActions,
  'vault deletion': keyVaultDeletionActions,
};

/** Checks the rights of the worker, if it can be asked, and of the caller. */
export const diagnoseRights = async (config: Config, scope: RightsScope): Promise<Check[]> => {
  const { device, asksWorker } = scope;
  const worker = asksWorker ? await askWorker(config, device) : undefined;
  const told = worker !== undefined && 'rights' in worker;
  const callers = await openAzure(config).then(
    (azure) => diagnoseCaller(azure, scope, !told),
    (error: unknown) => [failed('your rights', error)],
  );
  if (worker === undefined) return callers;
  return [...('rights' in worker ? judgeWorker(worker, device) : [worker]), ...callers];
};

/** Longest wait for the worker, in milliseconds. */
const patience = 60_000;

/** Returns a plan, which lists the worker's own rights, or the check that failed. */
const askWorker = async (config: Config, { id }: DeviceId): Promise<ActivationPreview | Check> => {
  const check = "worker's rights";
  try {
    const ase = await connect({ config });
    try {
      return await ase.preview({ deviceId: id }, { deadline: new Date(Date.now() + patience) });
    } finally {
      await ase.close();
    }
  } catch (error) {
    const isAway = error instanceof AseError && ['NoWorker', 'TemporalUnreachable'].includes(error.type);
    return isAway ? skipped(check, error.message) : failed(check, error);
  }
};

const judgeWorker = ({ rights, providers }: ActivationPreview, device: DeviceId): Check[] => {
  const purposes = [...new Set(rights.map((right) => right.for))];
  return [
    ...purposes.map((purpose) => {
      const needed = rights.filter((right) => right.for === purpose);
      const missing = needed.filter(({ held }) => !held).map(({ action }) => action);
      return judgeHeld(`worker: ${purpose}`, { needed: needed.length, missing }, resourceGroupId(device), giveToWorker);
    }),
    judgeProviders(providers),
  ];
};

const giveToWorker = "Grant these rights to the worker's principal there: roles/activate.json, docs/security.md.";

type Held = { needed: number; missing: readonly string[] };

const judgeHeld = (check: string, { needed, missing }: Held, where: string, remedy: string): Check => {
  if (missing.length === 0) return { check, state: 'ok', detail: `all ${needed} rights are held on ${where}` };
  const detail = `${needed - missing.length} of ${needed} rights are held on ${where}; missing: ${missing.join(', ')}`;
  return { check, state: 'failed', detail, remedy, failure: 'MissingPermission' };
};

/** @param asWorker whether the caller's rights are checked in place of a worker's */
const diagnoseCaller = async (azure: Azure, { device, verbose }: RightsScope, asWorker: boolean): Promise<Check[]> => {
  const subscription = azure.subscription(device.subscriptionId);
  let held: Permission[];
  try {
    held = await readOwn(subscription, device.resourceGroup);
  } catch (error) {
    const hint = `Request the role Reader on the resource group ${device.resourceGroup}.`;
    return [failed('your rights', explainAzure(error, hint))];
  }
  const where = resourceGroupId(device);
  const heldOf = (needed: readonly string[]): Held => ({
    needed: needed.length,
    missing: missingActions(needed, held),
  });
  const judge = ([procedure, needed]: [string, readonly string[]]): Check =>
    judgeHeld(`you: ${procedure}`, heldOf(needed), where, forYou);
  const asNews = ([procedure, needed]: [string, readonly string[]], why: string): Check =>
    newsOf(`you: ${procedure}`, heldOf(needed), why, verbose);
  return [
    // The rights of a worker that answered count; a caller requires them only to run a worker as the same principal.
    ...Object.entries(procedures).map((each) => (asWorker ? judge(each) : asNews(each, doneByWorker))),
    ...Object.entries(justInTime).map((each) => asNews(each, justInTimeOnly)),
    judgeExcess(excessActions(held), where, asWorker),
    ...(asWorker ? [await attempt(providersCheck, () => readProviders(subscription))] : []),
  ];
};

/** A person may hold more rights for other work, so an excess is a warning only in place of a worker. */
const judgeExcess = (excess: readonly string[], where: string, asWorker: boolean): Check => {
  const check = 'you: beyond all roles';
  if (excess.length === 0) return { check, state: 'ok', detail: `nothing more is held on ${where}` };
  const what = excess.includes('*') ? 'everything (*)' : excess.join(', ');
  const detail = `also held on ${where}: ${what}`;
  return asWorker ? { check, state: 'warning', detail, remedy: forWorker } : { check, state: 'ok', detail };
};

const forWorker = 'A worker requires none of these: replace its roles by those in roles/.';

const doneByWorker = 'not needed to request a key (the worker does this)';
const justInTimeOnly = 'granted just in time (roles/delete.json)';

/** Returns which rights are held as information: nobody requires those that are missing. */
const newsOf = (check: string, { needed, missing }: Held, why: string, verbose: boolean): Check => {
  const names = verbose && missing.length > 0 ? `; missing: ${missing.join(', ')}` : '';
  return { check, state: 'info', detail: `${why}; you hold ${needed - missing.length} of ${needed}${names}` };
};

const forYou =
  'The worker requires these rights: run this command with its credentials, or name a device (-n) to ask the worker.';

const readOwn = async ({ permissions }: Subscription, resourceGroup: string): Promise<Permission[]> => {
  const held: Permission[] = [];
  for await (const { actions, notActions } of permissions.listForResourceGroup(resourceGroup)) {
    held.push({ actions: actions ?? [], notActions: notActions ?? [] });
  }
  return held;
};

const providersCheck = 'resource providers';

const readProviders = async ({ providers }: Subscription): Promise<Finding> => {
  const states = await Promise.all(
    [...keyProviders, ...trailProviders].map(async (namespace) => {
      const { registrationState } = await providers.get(namespace).catch((error: unknown) => {
        throw explainAzure(error, 'Request the role Reader on the subscription.');
      });
      return { namespace, state: registrationState ?? 'unknown' };
    }),
  );
  return findingOf(states);
};

const judgeProviders = (providers: ActivationPreview['providers']): Check => {
  const { detail, remedy } = findingOf(providers);
  return { check: providersCheck, state: remedy ? 'warning' : 'ok', detail, ...(remedy ? { remedy } : {}) };
};

const findingOf = (providers: ActivationPreview['providers']): Finding => {
  const pending = providers.filter(({ state }) => state !== 'Registered');
  if (pending.length === 0) return { detail: `all ${providers.length} are registered` };
  const commands = pending.map(({ namespace }) => `az provider register --namespace ${namespace}`);
  return {
    detail: pending.map(({ namespace, state }) => `${namespace} is ${state}`).join(', '),
    remedy: `The first activation registers them, if the worker has the right. Otherwise: ${commands.join('; ')}`,
  };
};
