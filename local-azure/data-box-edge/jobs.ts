import { json } from '../arm/answers.ts';
import type { ArmCall, Handler } from '../arm/provider.ts';
import { toTheSecond } from '../dates.ts';
import { deviceType, parentOf, pathOf } from './device.ts';
import { entityNotFound } from './errors.ts';
import type { JobType } from './state.ts';

/** A job is found at two addresses; its id is the one that was asked (recorded). */
const jobAt =
  (type: 'jobs' | 'operationsStatus'): Handler =>
  (call) => {
    const name = call.target.names[1] ?? '';
    const job = parentOf(call, type).operations.find(({ id }) => id === name);
    if (job?.work.does !== 'job') throw entityNotFound(name);
    return json(200, {
      id: `${pathOf(call)}/${type}/${name}`,
      name,
      type: `${deviceType}/jobs`,
      ...progressOf(call, job),
      properties: propertiesOf(job.work.jobType, job.endsAt <= call.now),
    });
  };

export const getJob = jobAt('jobs');
export const getOperationsStatus = jobAt('operationsStatus');

const progressOf = ({ now }: ArmCall, { startedAt, endsAt }: { startedAt: number; endsAt: number }): object =>
  endsAt > now
    ? { status: 'Running', startTime: toTheSecond(startedAt), percentComplete: 0 }
    : { status: 'Succeeded', startTime: toTheSecond(startedAt), endTime: toTheSecond(endsAt), percentComplete: 100 };

/** As recorded, with nothing to download or to install. */
const propertiesOf = (jobType: JobType, isOver: boolean): object => ({
  jobType,
  currentStage: isOver ? 'Success' : 'Unknown',
  downloadProgress: {
    downloadPhase: 'Unknown',
    percentComplete: 0,
    totalBytesToDownload: 0,
    totalBytesDownloaded: 0,
    numberOfUpdatesToDownload: 0,
    numberOfUpdatesDownloaded: 0,
  },
  installProgress: { percentComplete: 0, numberOfUpdatesToInstall: 0, numberOfUpdatesInstalled: 0 },
  totalRefreshErrors: 0,
});
