import type { Handler } from '../arm/provider.ts';
import { objectOf, oneOf, optional, text } from './body-reader.ts';
import { parentOf } from './device.ts';
import { begin } from './operations.ts';
import { assertDefault, DEFAULT } from './singleton.ts';

/** Sets the password of the device's administrator, which nobody here asks for: it is looked at and forgotten. */
export const updateSecuritySettings: Handler = (call) => {
  const device = parentOf(call, 'securitySettings');
  assertDefault(call);
  read(call.body['properties'], 'properties');
  return begin(call, device, `/securitySettings/${DEFAULT}`, { does: 'update security settings' });
};

const read = objectOf({
  deviceAdminPassword: objectOf({
    value: text,
    encryptionCertThumbprint: optional(text),
    encryptionAlgorithm: oneOf('None', 'AES256', 'RSAES_PKCS1_v_1_5'),
  }),
});
