import type { Provider } from '../arm/provider.ts';

type OtherProvider = Pick<Provider, 'namespace' | 'apiVersions' | 'application'> & { types: readonly string[] };

/** A few of the namespaces that every subscription lists beside ours: they can be registered and do nothing. */
const others: readonly OtherProvider[] = [
  {
    namespace: 'Microsoft.ClassicInfrastructureMigrate',
    types: ['classicInfrastructureResources'],
    apiVersions: ['2015-06-15'],
    // Recorded.
    application: {
      applicationId: '5e5abe2b-83cd-4786-826a-a05653ebb103',
      roleDefinitionId: '766c4d9b-ef83-4f73-8352-1450a506a69b',
    },
  },
  { namespace: 'Microsoft.Compute', types: ['virtualMachines', 'disks'], apiVersions: ['2024-07-01'] },
  { namespace: 'Microsoft.ContainerRegistry', types: ['registries'], apiVersions: ['2023-07-01'] },
  { namespace: 'Microsoft.ContainerService', types: ['managedClusters'], apiVersions: ['2024-05-01'] },
  { namespace: 'Microsoft.DocumentDB', types: ['databaseAccounts'], apiVersions: ['2024-05-15'] },
  { namespace: 'Microsoft.EventHub', types: ['namespaces'], apiVersions: ['2024-01-01'] },
  { namespace: 'Microsoft.HybridCompute', types: ['machines'], apiVersions: ['2024-07-10'] },
  { namespace: 'Microsoft.Logic', types: ['workflows'], apiVersions: ['2019-05-01'] },
  { namespace: 'Microsoft.ManagedIdentity', types: ['userAssignedIdentities'], apiVersions: ['2023-01-31'] },
  {
    namespace: 'Microsoft.Network',
    types: ['virtualNetworks', 'networkSecurityGroups', 'loadBalancers', 'publicIPAddresses'],
    apiVersions: ['2024-05-01'],
  },
  { namespace: 'Microsoft.OperationalInsights', types: ['workspaces'], apiVersions: ['2023-09-01'] },
  { namespace: 'Microsoft.ServiceBus', types: ['namespaces'], apiVersions: ['2024-01-01'] },
  { namespace: 'Microsoft.Sql', types: ['servers', 'servers/databases'], apiVersions: ['2021-11-01'] },
  { namespace: 'Microsoft.Web', types: ['sites', 'serverFarms'], apiVersions: ['2024-04-01'] },
];

export const otherProviders: readonly Provider[] = others.map(({ types, ...provider }) => ({
  ...provider,
  registration: 'required',
  otherTypes: types,
  routes: {},
}));
