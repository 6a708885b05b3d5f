import { readCloudTime } from '../azure/cloud.ts';
import { explainAzure, openAzure } from '../client/azure.ts';
import { AseError } from '../client/errors.ts';
import type { Config } from '../config.ts';
import { attempt, failed, found, skipped, type Check, type Finding } from './check.ts';

export const diagnoseAzure = async (config: Config): Promise<Check[]> => {
  try {
    const azure = await openAzure(config);
    const { armEndpoint, authorityHost } = azure.cloud;
    const endpoint = found('Azure', { detail: `${armEndpoint}, tokens from ${authorityHost}` });
    const clock = await attempt('clock', async () => judgeClock(Date.now(), await readCloudTime(armEndpoint)));
    const signIn = await attempt('Azure sign-in', async () => {
      const objectId = await azure.callerObjectId().catch((error: unknown) => {
        throw explainAzure(error, 'Ask for the rights that the message names.');
      });
      return { detail: `as the principal ${objectId}` };
    });
    return [endpoint, clock, signIn];
  } catch (error) {
    return [failed('Azure', error), skipped('clock'), skipped('Azure sign-in')];
  }
};

const second = 1000;
/** Beyond this the services of Azure refuse tokens and signatures as too old or too young. */
const tolerated = 5 * 60 * second;
/** Beyond this something is wrong with the clock, and it may go on drifting. A whole second is lost in the header. */
const usual = 30 * second;

/** @param now ours, `theirs` Azure's; milliseconds. @throws AseError for a clock that is too wrong to work with */
export const judgeClock = (now: number, theirs: number | undefined): Finding => {
  if (theirs === undefined) return { detail: 'Azure did not say what time it is' };
  const away = Math.round((now - theirs) / second);
  const detail = `${Math.abs(away)} s ${away < 0 ? 'behind' : 'ahead of'} Azure's`;
  const remedy = 'Let this machine keep time: timedatectl set-ntp true. Look at the machine of the worker as well.';
  if (Math.abs(away) * second > tolerated)
    throw new AseError('AzureRefused', `this machine's clock is ${detail}`, remedy);
  return Math.abs(away) * second > usual ? { detail, remedy } : { detail };
};
