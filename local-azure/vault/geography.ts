/** Regions that share a geography (Azure docs); every other region stands alone here. */
const geographies: readonly (readonly string[])[] = [
  ['westeurope', 'northeurope'],
  ['uksouth', 'ukwest'],
  ['southeastasia', 'eastasia'],
  [
    'eastus',
    'eastus2',
    'westus',
    'westus2',
    'westus3',
    'centralus',
    'northcentralus',
    'southcentralus',
    'westcentralus',
    'eastus2euap',
    'centraluseuap',
  ],
];

export const areOfOneGeography = (one: string, other: string): boolean =>
  one === other || geographies.some((regions) => regions.includes(one) && regions.includes(other));
