import { textIn, type JsonObject } from '../json.ts';
import { refuseAtGateway } from './answers.ts';
import { fold, type ArmTarget } from './path.ts';

/** The regions of the local Azure, by Azure's short names. */
export const locations = [
  'westeurope',
  'northeurope',
  'eastus',
  'eastus2',
  'westus',
  'westus2',
  'westus3',
  'centralus',
  'northcentralus',
  'southcentralus',
  'westcentralus',
  'canadacentral',
  'uksouth',
  'ukwest',
  'francecentral',
  'germanywestcentral',
  'switzerlandnorth',
  'swedencentral',
  'norwayeast',
  'southeastasia',
  'eastasia',
  'australiaeast',
  'japaneast',
  'koreacentral',
  'centralindia',
  'brazilsouth',
  'eastus2euap',
  'centraluseuap',
] as const;

/** `West Europe` and `westeurope` are one region. */
export const normalLocation = (location: string): string => fold(location.replaceAll(' ', ''));

/** The location that a body asks for; every tracked resource needs one that exists. */
export const locationOf = (body: JsonObject, target: ArmTarget): string => {
  const location = normalLocation(textIn(body, 'location') ?? '');
  if (location === '') {
    throw refuseAtGateway(400, 'LocationRequired', 'The location property is required for this definition.');
  }
  if ((locations as readonly string[]).includes(location)) return location;
  throw refuseAtGateway(
    400,
    'LocationNotAvailableForResourceType',
    `The provided location '${location}' is not available for resource type ` +
      `'${target.namespace}/${target.pattern.replaceAll('/{}', '')}'. List of available regions for the resource type is ` +
      `'${locations.join(',')}'.`,
  );
};

/** A resource cannot move: asking for it in another region is refused. */
export const assertSameLocation = (
  existing: { name: string; location: string; group: string },
  wanted: string,
): void => {
  if (existing.location === wanted) return;
  throw refuseAtGateway(
    409,
    'InvalidResourceLocation',
    `The resource '${existing.name}' already exists in location '${existing.location}' in resource group ` +
      `'${existing.group}'. A resource with the same name cannot be created in location '${wanted}'. Please select a new ` +
      'resource name.',
  );
};
