import { json } from '../arm/answers.ts';
import { regions } from '../arm/locations.ts';
import type { ArmCall, Provider } from '../arm/provider.ts';

/** All regions at once, without pages (documented). */
const list = ({ target }: ArmCall): Response =>
  json(200, {
    value: regions.map(([name, displayName, geography]) => ({
      id: `/subscriptions/${target.names[0] ?? ''}/locations/${name}`,
      name,
      type: 'Region',
      displayName,
      regionalDisplayName: `(${geography}) ${displayName}`,
      metadata: { regionType: 'Physical', regionCategory: 'Recommended', geographyGroup: geography },
    })),
  });

export const locationRoutes: Provider['routes'] = {
  'GET tenant/subscriptions/{}/locations': { run: list, action: 'Microsoft.Resources/subscriptions/locations/read' },
};
