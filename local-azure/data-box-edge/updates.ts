import { json } from '../arm/answers.ts';
import type { Handler } from '../arm/provider.ts';
import { deviceOf, deviceType, hcsVersion, parentOf, pathOf } from './device.ts';
import { begin, endedOperations } from './operations.ts';
import { assertDefault, DEFAULT } from './singleton.ts';
import type { DeviceOperation, EdgeDevice, JobType } from './state.ts';

/** A job of the device. There is never an update to be had, so that it has nothing to do. */
const beginJob =
  (jobType: JobType): Handler =>
  (call) =>
    begin(call, deviceOf(call), '', { does: 'job', jobType });

export const scanForUpdates = beginJob('ScanForUpdates');
export const downloadUpdates = beginJob('DownloadUpdates');
export const installUpdates = beginJob('InstallUpdates');

/** All recorded but the times of a scan, which are documented. Versions from 2023 on leave two properties out. */
export const getUpdateSummary: Handler = (call) => {
  const device = parentOf(call, 'updateSummary');
  assertDefault(call);
  const { now, apiVersion } = call;
  const lastEnded = (type: JobType): DeviceOperation | undefined => endedOperations(device, now).findLast(isJob(type));
  const statusOf = (type: JobType): string => (lastEnded(type) ? 'Succeeded' : 'Invalid');
  return json(200, {
    properties: {
      ...versionOf(device),
      ...scanTimes(lastEnded('ScanForUpdates')),
      lastDownloadJobStatus: statusOf('DownloadUpdates'),
      lastInstallJobStatus: statusOf('InstallUpdates'),
      totalNumberOfUpdatesAvailable: 0,
      totalNumberOfUpdatesPendingDownload: 0,
      totalNumberOfUpdatesPendingInstall: 0,
      rebootBehavior: 'NeverReboots',
      ongoingUpdateOperation: ongoing(device, now),
      totalUpdateSizeInBytes: 0,
      ...(apiVersion < '2023' ? { rebootRequiredForInstall: false, totalTimeInMinutes: 0 } : {}),
    },
    id: `${pathOf(call)}/updateSummary/${DEFAULT}`,
    name: DEFAULT,
    type: `${deviceType}/updateSummary`,
  });
};

const versionOf = ({ activation }: EdgeDevice): object =>
  activation ? { deviceVersionNumber: hcsVersion, friendlyDeviceVersionName: activation.deviceSoftwareVersion } : {};

const scanTimes = (scan: DeviceOperation | undefined): object => {
  if (!scan) return {};
  const time = new Date(scan.endsAt).toISOString();
  return { deviceLastScannedDateTime: time, lastCompletedScanJobDateTime: time, lastSuccessfulScanJobTime: time };
};

const words: Record<JobType, string> = {
  ScanForUpdates: 'Scan',
  DownloadUpdates: 'Download',
  InstallUpdates: 'Install',
};

const ongoing = (device: EdgeDevice, now: number): string => {
  const running = device.operations.find(({ work, endsAt }) => work.does === 'job' && endsAt > now);
  return running?.work.does === 'job' ? words[running.work.jobType] : 'None';
};

const isJob =
  (type: JobType) =>
  ({ work }: DeviceOperation): boolean =>
    work.does === 'job' && work.jobType === type;
