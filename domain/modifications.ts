/** What has become of what was asked for. A policy may rewrite a resource after it was written; that is told, not fought. */
import type { Device } from './device.ts';
import { missingTags, tagNamed, type Tags } from './ownership.ts';
import type { Profile } from './profile.ts';

/** A field of a resource that is not as it was asked for, or as a new one would be: a policy has changed it, or a person. */
export type Modification = {
  /** ARM id. */
  resource: string;
  /** As in Azure's templates: `tags['costCenter']`, `networkAcls.defaultAction`. */
  field: string;
  asked: string;
  /** Null where there is nothing. */
  found: string | null;
};

/** The fields of a vault or an account that policies are known to modify. An absent field has Azure's default. */
export type Shape = {
  id: string;
  tags: Tags;
  publicNetworkAccess?: string | undefined;
  defaultAction?: string | undefined;
  sku?: string | undefined;
};

/** Of a resource that was here before us and is not ours to shape: it was asked for tags only. */
export const modifiedTags = ({ id, tags }: Shape, device: Device, { requiredTags }: Profile): Modification[] =>
  [
    ...Object.entries(requiredTags).filter(([name, asked]) => tagNamed(tags, name) !== asked),
    ...Object.entries(missingTags(tags, device)),
  ].map(([name, asked]) => ({ resource: id, field: `tags['${name}']`, asked, found: tagNamed(tags, name) ?? null }));

/** @param sku that was asked for */
export const modifications = (shape: Shape, device: Device, profile: Profile, sku: string): Modification[] => {
  const { publicNetworkAccess = 'Enabled', defaultAction = 'Allow' } = profile.network;
  const fields: [field: string, asked: string, found: string | undefined][] = [
    ['publicNetworkAccess', publicNetworkAccess, shape.publicNetworkAccess ?? 'Enabled'],
    ['networkAcls.defaultAction', defaultAction, shape.defaultAction ?? 'Allow'],
    ['sku.name', sku, shape.sku],
  ];
  const changed = fields.flatMap(([field, asked, found = null]) =>
    found?.toLowerCase() === asked.toLowerCase() ? [] : [{ resource: shape.id, field, asked, found }],
  );
  return [...modifiedTags(shape, device, profile), ...changed];
};
