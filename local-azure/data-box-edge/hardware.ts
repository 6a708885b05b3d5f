import { json } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import type { ArmCall, Handler } from '../arm/provider.ts';
import { deviceType, hcsVersion, parentOf, pathOf } from './device.ts';
import { assertDefault, DEFAULT } from './singleton.ts';
import type { Activation } from './state.ts';

/** None before the activation, then one (recorded). */
export const listNodes: Handler = (call) => {
  const { activation } = parentOf(call, 'nodes');
  return page(call, activation ? [nodeBody(call, activation)] : []);
};

/** Its name is its serial number (recorded). */
const nodeBody = (call: ArmCall, { serialNumber, deviceSoftwareVersion, nodeInstanceId }: Activation) => ({
  properties: {
    nodeStatus: 'Up',
    nodeChassisSerialNumber: serialNumber,
    nodeSerialNumber: serialNumber,
    nodeDisplayName: 'Controller 1',
    nodeFriendlySoftwareVersion: deviceSoftwareVersion,
    nodeHcsVersion: hcsVersion,
    nodeInstanceId,
  },
  id: `${pathOf(call)}/nodes/${serialNumber}`,
  name: serialNumber,
  type: `${deviceType}/nodes`,
});

/** The simulated device has no adapter that it could tell of (assumed: those recorded are of real machines). */
export const getNetworkSettings: Handler = (call) => {
  parentOf(call, 'networkSettings');
  assertDefault(call);
  return json(200, {
    properties: { networkAdapters: [] },
    id: `${pathOf(call)}/networkSettings/${DEFAULT}`,
    name: DEFAULT,
    type: `${deviceType}/networkSettings`,
  });
};
