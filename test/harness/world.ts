/**
 * Everything that an operation touches, in one process and in virtual time: the real workflows, the real activities, the
 * real Azure clients, and the local Azure as a function in the place of the network.
 */
import { createActivities, type Activities } from '../../activities/index.ts';
import { askForTurn, beginCall, keepSecret } from '../../activities/call.ts';
import { createAdmission } from '../../azure/budgets/admission.ts';
import { createAzure } from '../../azure/clients.ts';
import { discoverCloud, type Cloud } from '../../azure/cloud.ts';
import type { GenerateActivationKeyInput } from '../../domain/inputs.ts';
import type { RegenerateActivationKeyInput } from '../../domain/regeneration.ts';
import { deviceIdOf, workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { deviceHash } from '../../domain/names.ts';
import { plainProfile, type Profile } from '../../domain/profile.ts';
import { activate } from '../../local-azure/device/activate.ts';
import { createLocalAzure, type LocalAzure } from '../../local-azure/index.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';
import { demoWorld, seedDemoWorld } from '../../local-azure/seed.ts';
import type { Settings } from '../../local-azure/settings.ts';
import type { State } from '../../local-azure/state.ts';
import type { GenerateActivationKeyResult } from '../../workflows/generate-activation-key.ts';
import type { ActivationKeyRef } from '../../domain/secrets.ts';
import {
  decideUpdate,
  statusQuery,
  type Block,
  type Decision,
  type Status,
  type Waiting,
} from '../../workflows/messages.ts';
import { pooledCertificates, repeatedCertificates } from '../../local-azure/test/certificates.ts';
import { VirtualClock } from './clock.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { watched } from './purges.ts';
import { createSignIn, grantsWithLeft, type Grant, type SignIn } from './sign-in.ts';
import { timeHere } from './virtual-date.ts';
import { bundleForTests, loadWorkflows, VirtualTemporal, type Run, type Workflows } from './temporal/index.ts';

const certificates = await pooledCertificates();
const activityNames = Object.keys(
  createActivities({ azure: undefined as never, keyReaders: [], profile: plainProfile }),
);
/** @param code a bundle */
export const releaseOf = (code: string): Promise<Workflows> => loadWorkflows(code, activityNames);

const workflows = await releaseOf(await bundleForTests());
const armEndpoint = 'https://management.localhost';
const edgeVersion = '2021-06-01';

/** What every local Azure says of its endpoints, asked for once: half the cost of a world. */
let cloud: Promise<Cloud> | undefined;

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Sees each request of the worker and may do more than pass it on. */
export type Meddler = (request: Request, pass: FetchHandler, world: World) => Promise<Response>;

/** A world to go on from. `runs` and `certificates` are how many there were: what is made now is not what was made then. */
export type Beginning = { state: State; now: number; runs: number; certificates: number };

export type WorldOptions = {
  settings?: Partial<Settings>;
  meddle?: Meddler;
  profile?: Partial<Profile>;
  /** The demo world by default. */
  from?: Beginning;
  /** Stands between the worker and its activities. */
  around?: (activities: Activities) => Activities;
  /**
   * The worker signs in at the token service, and holds these tokens already, or some with so many milliseconds of life left.
   * By default its tokens are given to it, and the token service is not asked.
   */
  signsIn?: { with: readonly Grant[] | { left: number } };
};

export const createWorld = async ({ settings, meddle, profile, from, around, signsIn }: WorldOptions = {}) => {
  const clock = new VirtualClock(from?.now);
  const local = createLocalAzure({
    // A token from before the beginning was granted then.
    clock: { now: () => timeHere() ?? clock.now() },
    certificates: repeatedCertificates(certificates, from?.certificates),
    ...(settings ? { settings } : {}),
  });
  const { owner } = local.principals;
  const fetch = watched(local.fetch, owner);
  const azure = Object.create(local, { fetch: { value: fetch } }) as LocalAzure;
  if (from) azure.restore(from.state);
  else await seedDemoWorld(azure);
  let silentUntil = -Infinity;
  const handle: FetchHandler = (request) => {
    temporal.stir();
    if (isForToken(request) && clock.now() < silentUntil) return world.signIn().hang();
    return meddle ? meddle(request, (passed) => azure.fetch(passed), world) : azure.fetch(request);
  };
  // Watched here too: a meddler may keep a request to itself.
  const httpClient = inProcess(watched(handle, owner));
  const found = await (cloud ??= discoverCloud(armEndpoint, inProcess(local.fetch)));
  const signIn = (): SignIn => createSignIn({ azure, cloud: found, handle, stall: (delay) => temporal.stall(delay) });
  let signedIn = signsIn && signIn();
  const startProcess = (): Activities => {
    const activities = createActivities({
      azure: createAzure({
        cloud: found,
        credential: signedIn?.credential ?? workerCredential(azure),
        signal: beginCall,
        turns: {
          admission: createAdmission({ now: () => clock.now(), pause: (ms, woken) => temporal.sleep(ms, woken) }),
          ask: askForTurn,
        },
        onSecret: keepSecret,
        httpClient,
      }),
      keyReaders: [azure.principals.operator.objectId],
      profile: { ...plainProfile, ...profile },
      now: () => clock.now(),
    });
    return around ? around(activities) : activities;
  };
  let release = workflows;
  const temporal = new VirtualTemporal({
    workflows: { open: (identity) => release.open(identity) },
    clock,
    activities: startProcess(),
    ...(signsIn
      ? {
          afterCrash: () => {
            signedIn = signIn();
            return startProcess();
          },
        }
      : {}),
    ...(from ? { runsBefore: from.runs } : {}),
  });
  if (signsIn) {
    const held = signsIn.with;
    const { worker } = azure.principals;
    await signedIn?.resume('left' in held ? grantsWithLeft(held.left, found, worker, clock.now()) : held);
  }
  azure.control.clearRequests();
  const device = (name = 'edge-1'): DeviceId => deviceIdOf(mainSubscription(azure.state), demoWorld.group, name);
  const world = {
    clock,
    azure,
    temporal,
    device,
    /** Nobody answers. A token is asked for by the process: attempts that wait for it go on when it gives the request up. */
    hang: (request: Request): Promise<never> =>
      isForToken(request) ? world.signIn().hang() : temporal.interrupt('timeout'),
    /** From now on, and for so many milliseconds, the token service answers nothing. */
    silenceTokenService: (ms: number): void => {
      silentUntil = clock.now() + ms;
    },
    /** Of the worker's process, where it signs in. */
    signIn: (): SignIn => {
      if (!signedIn) throw new Error('the worker of this world is given its tokens');
      return signedIn;
    },
    /** A worker of another release takes over: what runs is replayed by its workflow code. */
    deploy: async (other: Workflows): Promise<void> => {
      release = other;
      await temporal.crash();
    },
    /** Starts an activation as a client would, without waiting for anything. */
    generate: (input: Partial<GenerateActivationKeyInput> = {}, name = 'edge-1'): Promise<Run> => {
      const id = device(name);
      return temporal.start('generateActivationKey', [{ deviceId: id.id, ...input }], { workflowId: workflowIdOf(id) });
    },
    /** Starts a regeneration likewise. */
    regenerate: (input: Partial<RegenerateActivationKeyInput> = {}, name = 'edge-1'): Promise<Run> => {
      const id = device(name);
      return temporal.start('regenerateActivationKey', [{ deviceId: id.id, ...input }], {
        workflowId: workflowIdOf(id),
      });
    },
    /** A request of the subscription's owner, for what people do beside us. Answers the body. */
    asOwner: async (method: string, id: string, apiVersion: string, body?: object): Promise<unknown> => {
      const token = azure.issueToken(azure.principals.owner, armEndpoint);
      const answer = await azure.fetch(
        new Request(`${armEndpoint}${id}?api-version=${apiVersion}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(body ? { body: JSON.stringify(body) } : {}),
        }),
      );
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${id} answered ${answer.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    },
    /** The device is deleted and created again under its old name, with an identity of its own or without any. */
    createDeviceAgain: async (identity: 'SystemAssigned' | 'None' = 'SystemAssigned'): Promise<void> => {
      const { id } = device();
      await world.asOwner('DELETE', id, edgeVersion);
      clock.advanceTo(clock.now() + 6_000);
      await world.asOwner('PUT', id, edgeVersion, { location: 'westeurope', identity: { type: identity } });
    },
    /** Somebody writes into the device's record which vault is its own; Azure does not check it. */
    linkDevice: (vaultId: string, vaultUri: string, name = 'edge-1') =>
      world.asOwner('POST', `${device(name).id}/updateExtendedInformation`, edgeVersion, {
        clientSecretStoreId: vaultId,
        clientSecretStoreUrl: vaultUri,
      }),
    /** Names of the live vaults that carry a device's tags. */
    vaultsOf: (name = 'edge-1'): string[] =>
      Object.values(azure.state.vaults)
        .filter(({ tags }) => tags['ase-device-hash'] === deviceHash(device(name)))
        .map((vault) => vault.name),
    /** All versions of the secrets whose names begin so, in whatever vault. */
    versionsOf: (secret: 'ase-cik-' | 'ase-activation-key') =>
      Object.values(azure.state.vaults)
        .flatMap(({ secrets }) => Object.entries(secrets))
        .flatMap(([name, { versions }]) => (name.startsWith(secret) ? versions : [])),
    /** Somebody walks to the device and pastes the key that is in the vault; access has come into effect by then. */
    pasteKey: (keyVaultName: string, name = 'edge-1') => {
      clock.advanceTo(clock.now() + 10_000);
      const versions = azure.state.vaults[keyVaultName]?.secrets['ase-activation-key']?.versions ?? [];
      return activate(azure, name, versions.at(-1)?.value ?? '');
    },
    /** Writes that changed something, as `action` names, oldest first. */
    writes: (): string[] => azure.requests.filter(({ write }) => write).map(({ action }) => action ?? 'unknown'),
  };
  return world;
};

/** Whether a request goes to the token service. */
export const isForToken = ({ url }: Request): boolean => new URL(url).hostname.startsWith('login.');

/** Asked for every request, since the clients go by a clock of their own. A token of an hour is taken for half of it. */
const workerCredential = (azure: LocalAzure) => {
  const halfAnHour = 30 * 60_000;
  const tokens = new Map<string, { token: string; issuedAt: number }>();
  return {
    getToken: (scopes: string | string[]) => {
      const [scope = ''] = [scopes].flat();
      const audience = scope.replace(/\/\.default$/, '');
      const known = tokens.get(audience);
      const isGood = known && azure.now() - known.issuedAt < halfAnHour;
      const { token, issuedAt } = isGood
        ? known
        : { token: azure.issueToken(azure.principals.worker, audience), issuedAt: azure.now() };
      tokens.set(audience, { token, issuedAt });
      return Promise.resolve({ token, expiresOnTimestamp: Date.now() });
    },
  };
};

export const status = (run: Run): Promise<Status> => run.query(statusQuery);

/** The result of a run that completed; any other end is an error that says what happened. */
export const resultOf = (run: Run): GenerateActivationKeyResult => {
  const { outcome } = run;
  if (outcome?.status === 'completed') return outcome.value as GenerateActivationKeyResult;
  throw new Error(`the run ${outcome ? `ended ${JSON.stringify(outcome)}` : 'has not ended'}`);
};

/** Runs until the procedure ends or waits for a person. */
export const runToRest = ({ temporal }: World, run: Run): Promise<void> =>
  temporal.runUntil(() => run.outcome !== undefined || run.searchAttributes['AseBlockedStep'] !== undefined);

/** Runs until nothing more happens: what was still on its way has arrived. */
export const runToEnd = async ({ temporal }: World, run: Run): Promise<GenerateActivationKeyResult> => {
  await temporal.runUntil(() => run.outcome !== undefined);
  const result = resultOf(run);
  await temporal.runUntil();
  return result;
};

/** Decides about the block that a run waits in, as Ada. */
export const decide = async (run: Run, given: Partial<Decision>): Promise<void> => {
  const { block, step } = await blockOf(run);
  const { result } = await run.update(decideUpdate, { step, block, decision: 'retry', by: 'ada', ...given });
  await result;
};

/** The key that a caller who waited for it was given. */
export const keyFrom = (answer: ActivationKeyRef | Waiting): ActivationKeyRef => {
  if ('waiting' in answer) throw new Error('the caller was told that there is no key yet');
  return answer;
};

/** An answer with which Azure refuses a request. */
export const refusal = (status: number, code: string, message = 'no'): Response =>
  Response.json({ error: { code, message } }, { status });

/** How a failed run ended: `type: message`. */
export const failureOf = ({ outcome }: Run): string => {
  if (outcome?.status !== 'failed') throw new Error(`the run did not fail: ${JSON.stringify(outcome)}`);
  const { type, message } = outcome.error as Error & { type?: string };
  return `${type}: ${message}`;
};

/** The block that a run waits in. */
export const blockOf = async (run: Run): Promise<Block> => {
  const { blocked } = await status(run);
  if (!blocked) throw new Error(`the run is not blocked: ${JSON.stringify(run.outcome ?? 'running')}`);
  return blocked;
};
