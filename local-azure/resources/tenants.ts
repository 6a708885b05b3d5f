import { json } from '../arm/answers.ts';
import type { ArmCall, Provider } from '../arm/provider.ts';

/** The one tenant that there is, whoever asks. */
const list = ({ state }: ArmCall): Response =>
  json(200, {
    value: [{ id: `/tenants/${state.tenantId}`, tenantId: state.tenantId, tenantCategory: 'Home', tenantType: 'AAD' }],
  });

export const tenantRoutes: Provider['routes'] = {
  'GET tenant/tenants': { run: list, open: true },
};
