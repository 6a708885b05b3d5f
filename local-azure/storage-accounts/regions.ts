/** Where the copies of a geo-redundant account are (documented, three of them recorded). */
const pairs: Readonly<Record<string, string>> = {
  westeurope: 'northeurope',
  northeurope: 'westeurope',
  eastus: 'westus',
  eastus2: 'centralus',
  westus: 'eastus',
  westus2: 'westcentralus',
  westus3: 'eastus',
  centralus: 'eastus2',
  northcentralus: 'southcentralus',
  southcentralus: 'northcentralus',
  westcentralus: 'westus2',
  canadacentral: 'canadaeast',
  uksouth: 'ukwest',
  ukwest: 'uksouth',
  francecentral: 'francesouth',
  germanywestcentral: 'germanynorth',
  switzerlandnorth: 'switzerlandwest',
  swedencentral: 'swedensouth',
  norwayeast: 'norwaywest',
  southeastasia: 'eastasia',
  eastasia: 'southeastasia',
  australiaeast: 'australiasoutheast',
  japaneast: 'japanwest',
  koreacentral: 'koreasouth',
  centralindia: 'southindia',
  brazilsouth: 'southcentralus',
  eastus2euap: 'centraluseuap',
  centraluseuap: 'eastus2euap',
};

export const pairedRegion = (location: string): string | undefined => pairs[location];

/** Copies in several zones are not to be had in these (Azure docs). */
const withoutZones = ['westus', 'northcentralus', 'westcentralus', 'ukwest'];

export const hasZones = (location: string): boolean => !withoutZones.includes(location);

/**
 * The zone of names that static websites of a region are served from: westeurope, southcentralus and eastus2euap
 * recorded, the others from addresses that users name. Azure ties no zone to a region, and an account of any may lie in
 * another one (MicrosoftDocs/azure-docs#79888).
 */
const webZones: Readonly<Record<string, string>> = {
  westeurope: 'z6',
  northeurope: 'z16',
  eastus: 'z13',
  eastus2: 'z20',
  westus: 'z22',
  westus2: 'z5',
  centralus: 'z19',
  northcentralus: 'z14',
  southcentralus: 'z21',
  westcentralus: 'z4',
  canadacentral: 'z9',
  uksouth: 'z33',
  ukwest: 'z35',
  francecentral: 'z28',
  southeastasia: 'z23',
  eastasia: 'z7',
  australiaeast: 'z8',
  japaneast: 'z11',
  koreacentral: 'z12',
  centralindia: 'z29',
  brazilsouth: 'z15',
  eastus2euap: 'z3',
};

export const webZone = (location: string): string => webZones[location] ?? 'z1';
