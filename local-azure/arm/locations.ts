import { textIn, type JsonObject } from '../json.ts';
import { refuseAtGateway, type Refusal } from './answers.ts';
import { fold, type ArmTarget } from './path.ts';

/** The regions of the local Azure: Azure's short name, its name for people, and where it is. */
export const regions = [
  ['westeurope', 'West Europe', 'Europe'],
  ['northeurope', 'North Europe', 'Europe'],
  ['eastus', 'East US', 'US'],
  ['eastus2', 'East US 2', 'US'],
  ['westus', 'West US', 'US'],
  ['westus2', 'West US 2', 'US'],
  ['westus3', 'West US 3', 'US'],
  ['centralus', 'Central US', 'US'],
  ['northcentralus', 'North Central US', 'US'],
  ['southcentralus', 'South Central US', 'US'],
  ['westcentralus', 'West Central US', 'US'],
  ['canadacentral', 'Canada Central', 'Canada'],
  ['uksouth', 'UK South', 'Europe'],
  ['ukwest', 'UK West', 'Europe'],
  ['francecentral', 'France Central', 'Europe'],
  ['germanywestcentral', 'Germany West Central', 'Europe'],
  ['switzerlandnorth', 'Switzerland North', 'Europe'],
  ['swedencentral', 'Sweden Central', 'Europe'],
  ['norwayeast', 'Norway East', 'Europe'],
  ['southeastasia', 'Southeast Asia', 'Asia Pacific'],
  ['eastasia', 'East Asia', 'Asia Pacific'],
  ['australiaeast', 'Australia East', 'Asia Pacific'],
  ['japaneast', 'Japan East', 'Asia Pacific'],
  ['koreacentral', 'Korea Central', 'Asia Pacific'],
  ['centralindia', 'Central India', 'Asia Pacific'],
  ['brazilsouth', 'Brazil South', 'South America'],
  ['eastus2euap', 'East US 2 EUAP', 'US'],
  ['centraluseuap', 'Central US EUAP', 'US'],
] as const;

export const locations = regions.map(([name]) => name);

/** `West Europe` and `westeurope` are one region. */
export const normalLocation = (location: string): string => fold(location.replaceAll(' ', ''));

/** The location that a body asks for; every tracked resource needs one that exists. */
export const locationOf = (body: JsonObject, target: ArmTarget): string => {
  const location = normalLocation(textIn(body, 'location') ?? '');
  if (location === '') {
    throw refuseAtGateway(400, 'LocationRequired', 'The location property is required for this definition.');
  }
  if ((locations as readonly string[]).includes(location)) return location;
  throw target.namespace === 'microsoft.resources' ? notForGroups(location) : notForType(location, target.type);
};

/** Status, codes and texts of both from users' reports. */
const notForGroups = (location: string): Refusal =>
  refuseAtGateway(
    400,
    'LocationNotAvailableForResourceGroup',
    `The provided location '${location}' is not available for resource group. List of available regions is ` +
      `'${locations.join(',')}'.`,
  );

const notForType = (location: string, type: string): Refusal =>
  refuseAtGateway(
    400,
    'LocationNotAvailableForResourceType',
    `The provided location '${location}' is not available for resource type '${type}'. List of available regions for ` +
      `the resource type is '${locations.join(',')}'.`,
  );

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
