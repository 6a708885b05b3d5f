import { fold } from '../arm/path.ts';
import { objectIn, textIn, type JsonObject } from '../json.ts';
import { invalid, refused } from './answers.ts';
import { hasZones } from './regions.ts';

/** Each row can become what else is in it by an update; nothing can leave its row (from users' reports). */
const families = [
  ['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS'],
  ['Standard_ZRS'],
  ['Standard_GZRS', 'Standard_RAGZRS'],
  ['Premium_LRS'],
  ['Premium_ZRS'],
];

/** The sku of a body in Azure's spelling, whatever the case it was sent in. */
export const skuIn = (body: JsonObject): string => {
  const wanted = fold(textIn(objectIn(body, 'sku'), 'name') ?? '');
  const sku = families.flat().find((name) => fold(name) === wanted);
  if (sku !== undefined) return sku;
  throw invalid('sku.');
};

/** A PUT describes the account as it is: another sku is for an update to ask for. */
export const assertSameSku = (present: string, wanted: string): void => {
  if (present !== wanted) throw invalid('sku.');
};

export const assertSkuChange = (present: string, wanted: string): void => {
  if (families.some((family) => family.includes(present) && family.includes(wanted))) return;
  throw invalid('sku.');
};

/** Copies in several zones need a region that has them. Code and text from users' reports (Esri/arcgis-gitops#160). */
export const assertRedundancy = (sku: string, kind: string, location: string): void => {
  if (!sku.endsWith('ZRS') || hasZones(location)) return;
  throw refused(
    400,
    'RedundancyConfigurationNotAvailableInRegion',
    `The storage account failed to create due to redundancy configuration - Sku: ${sku}, Kind: ${kind} - not available ` +
      `in selected Region - ${location}. Please make sure the redundancy configuration selected is available in your ` +
      'region. For more information about redundancy configurations, see ' +
      'https://docs.microsoft.com/en-us/azure/storage/common/storage-redundancy',
  );
};
