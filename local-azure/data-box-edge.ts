import type { Provider } from './arm/provider.ts';
import { getAlert, listAlerts } from './data-box-edge/alerts.ts';
import { bandwidthSchedules } from './data-box-edge/bandwidth-schedules.ts';
import { generateCertificate, uploadCertificate } from './data-box-edge/certificates.ts';
import { childRoutes } from './data-box-edge/children.ts';
import { deviceType } from './data-box-edge/device.ts';
import { getExtendedInformation, updateExtendedInformation } from './data-box-edge/extended-information.ts';
import { getNetworkSettings, listNodes } from './data-box-edge/hardware.ts';
import { getJob, getOperationsStatus } from './data-box-edge/jobs.ts';
import {
  deleteDevice,
  deviceOperationResult,
  forgetDevicesOf,
  getDevice,
  listDevices,
  patchDevice,
  putDevice,
  ripenDevices,
} from './data-box-edge/lifecycle.ts';
import { operationResult } from './data-box-edge/operations.ts';
import { orders } from './data-box-edge/orders.ts';
import { updateSecuritySettings } from './data-box-edge/security-settings.ts';
import type { DataBoxEdgeState } from './data-box-edge/state.ts';
import { downloadUpdates, getUpdateSummary, installUpdates, scanForUpdates } from './data-box-edge/updates.ts';

export const emptyDataBoxEdge = (): DataBoxEdgeState => ({ devices: {}, deletions: [] });

export const dataBoxEdge: Provider = {
  namespace: 'Microsoft.DataBoxEdge',
  registration: 'required',
  apiVersions: [
    '2019-03-01',
    '2019-07-01',
    '2019-08-01',
    '2021-02-01',
    '2021-02-01-preview',
    '2021-06-01',
    '2023-01-01-preview',
    '2023-07-01',
    '2023-12-01',
  ],
  routes: {
    'PUT group/dataBoxEdgeDevices/{}': putDevice,
    'PATCH group/dataBoxEdgeDevices/{}': patchDevice,
    'GET group/dataBoxEdgeDevices/{}': getDevice,
    'DELETE group/dataBoxEdgeDevices/{}': deleteDevice,
    'GET group/dataBoxEdgeDevices': listDevices,
    'GET subscription/dataBoxEdgeDevices': listDevices,
    'GET group/dataBoxEdgeDevices/{}/operationResults/{}': { run: deviceOperationResult, poll: true },
    'GET group/dataBoxEdgeDevices/{}/operationsStatus/{}': { run: getOperationsStatus, poll: true },
    'GET group/dataBoxEdgeDevices/{}/jobs/{}': getJob,
    'GET group/dataBoxEdgeDevices/{}/alerts': listAlerts,
    'GET group/dataBoxEdgeDevices/{}/alerts/{}': getAlert,
    'GET group/dataBoxEdgeDevices/{}/nodes': listNodes,
    'GET group/dataBoxEdgeDevices/{}/networkSettings/{}': getNetworkSettings,
    'GET group/dataBoxEdgeDevices/{}/updateSummary/{}': getUpdateSummary,
    'POST group/dataBoxEdgeDevices/{}/scanForUpdates': scanForUpdates,
    'POST group/dataBoxEdgeDevices/{}/downloadUpdates': downloadUpdates,
    'POST group/dataBoxEdgeDevices/{}/installUpdates': installUpdates,
    'POST group/dataBoxEdgeDevices/{}/securitySettings/{}/update': updateSecuritySettings,
    'GET group/dataBoxEdgeDevices/{}/securitySettings/{}/operationResults/{}': { run: operationResult, poll: true },
    'POST group/dataBoxEdgeDevices/{}/generateCertificate': generateCertificate,
    'POST group/dataBoxEdgeDevices/{}/uploadCertificate': uploadCertificate,
    'POST group/dataBoxEdgeDevices/{}/getExtendedInformation': { run: getExtendedInformation, effect: 'read' },
    'POST group/dataBoxEdgeDevices/{}/updateExtendedInformation': updateExtendedInformation,
    ...childRoutes(orders),
    ...childRoutes(bandwidthSchedules),
  },
  resources: (state) =>
    Object.values(state.dataBoxEdge.devices).map(({ id, name, location, tags }) => ({
      id,
      name,
      type: deviceType,
      location,
      tags,
    })),
  ripen: ripenDevices,
  forgetGroup: forgetDevicesOf,
};
