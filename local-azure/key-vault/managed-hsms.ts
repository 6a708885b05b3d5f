import { page } from '../arm/paging.ts';
import type { Handler } from '../arm/provider.ts';
import { textIn } from '../json.ts';
import { answer, served } from './answers.ts';

/** There is none: the Azure CLI lists them beside the vaults. */
export const listManagedHsms: Handler = (call) => page(call, [], { headers: served });

/** So every good name is free. The rule is documented, the text assumed. */
export const checkHsmNameAvailability: Handler = ({ body }) => {
  const name = textIn(body, 'name') ?? '';
  if (/^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/.test(name)) return answer({ nameAvailable: true });
  return answer({
    nameAvailable: false,
    reason: 'AccountNameInvalid',
    message: `The Managed HSM name '${name}' is invalid. It must be between 3-24 alphanumeric characters and hyphens.`,
  });
};
