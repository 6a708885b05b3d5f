import type { Provider } from './arm/provider.ts';
import { generateCertificate, uploadCertificate } from './data-box-edge/certificates.ts';
import { deviceType, forgetGoneDevices, type EdgeDevice } from './data-box-edge/device.ts';
import { getExtendedInformation, updateExtendedInformation } from './data-box-edge/extended-information.ts';
import {
  deleteDevice,
  deletionResult,
  forgetDevicesOf,
  getDevice,
  listAlerts,
  listDevices,
  patchDevice,
  putDevice,
} from './data-box-edge/lifecycle.ts';

export type DataBoxEdgeState = {
  /** By folded resource id. */
  devices: Record<string, EdgeDevice>;
  /** When each deletion ends, by the id of its operation. */
  deletions: Record<string, number>;
};

export const emptyDataBoxEdge = (): DataBoxEdgeState => ({ devices: {}, deletions: {} });

export const dataBoxEdge: Provider = {
  namespace: 'Microsoft.DataBoxEdge',
  registration: 'required',
  apiVersions: [
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
    'GET group/dataBoxEdgeDevices/{}/operationResults/{}': { run: deletionResult, open: true },
    'GET group/dataBoxEdgeDevices/{}/alerts': listAlerts,
    'POST group/dataBoxEdgeDevices/{}/generateCertificate': generateCertificate,
    'POST group/dataBoxEdgeDevices/{}/uploadCertificate': uploadCertificate,
    'POST group/dataBoxEdgeDevices/{}/getExtendedInformation': { run: getExtendedInformation, effect: 'read' },
    'POST group/dataBoxEdgeDevices/{}/updateExtendedInformation': updateExtendedInformation,
  },
  resources: (state, now) => {
    forgetGoneDevices(state, now);
    return Object.values(state.dataBoxEdge.devices).map(({ id, name, location, tags }) => ({
      id,
      name,
      type: deviceType,
      location,
      tags,
    }));
  },
  forgetGroup: forgetDevicesOf,
};
