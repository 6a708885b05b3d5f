/** What no request to Azure does: a device is activated on the device, and its record names what its owner linked. */
import { parseArmPath, type ArmTarget } from '../../arm/path.ts';
import { objectIn, textIn, type JsonObject } from '../../json.ts';
import { bodyOf, hasSucceeded, requestOf, type Exchange } from './exchange.ts';
import { resourcesAt } from './presupposed-resources.ts';
import type { Presupposition } from './presupposition.ts';
import { nameOf, typeOf } from './resources.ts';
import { viewsIn, type View } from './views.ts';

export const statesOfDevice = (exchange: Exchange, target: ArmTarget, session: Exchange[]): Presupposition[] => {
  if (!hasSucceeded(exchange)) return [];
  const record = objectIn(bodyOf(exchange), 'properties');
  if (target.pattern.endsWith('/getextendedinformation')) return linked(target.id, record, session);
  if (target.pattern.endsWith('/updateextendedinformation')) {
    return linkedSecret({ ...record, ...requestOf(exchange) }, session);
  }
  if (target.pattern.endsWith('/nodes')) return viewsIn(exchange).map((node) => behindNode(target.id, node));
  return viewsIn(exchange)
    .filter(isOnline)
    .map((view) => ({ is: 'activated', id: view.id, view }));
};

/** Only an activated device shows a node, by its serial number (recorded). */
const behindNode = (id: string, node: View): Presupposition => ({
  is: 'activated',
  id,
  view: { properties: { serialNumber: nameOf(node.id) } },
});

const isOnline = (view: View): boolean =>
  typeOf(view.id) === 'microsoft.databoxedge/databoxedgedevices' &&
  objectIn(view, 'properties')['dataBoxEdgeDeviceStatus'] === 'Online';

const linked = (id: string, record: JsonObject, session: Exchange[]): Presupposition[] =>
  typeof record['clientSecretStoreId'] === 'string'
    ? [...linkedSecret(record, session), { is: 'linked', id, view: record }]
    : [];

/** Azure does not ask whether the vault is there; where it shows a sealed key, it could read the secret that seals it. */
const linkedSecret = (record: JsonObject, session: Exchange[]): Presupposition[] => {
  const vaultId = textIn(record, 'clientSecretStoreId') ?? '';
  const name = textIn(record, 'channelIntegrityKeyName') ?? '';
  if (textIn(record, 'encryptionKey') === undefined || name === '' || !parseArmPath(vaultId)) return [];
  const view = { id: `https://vault/secrets/${name}/${textIn(record, 'channelIntegrityKeyVersion') ?? ''}` };
  return [...resourcesAt(vaultId, session), { is: 'secret', vaultName: nameOf(vaultId), name, view }];
};
