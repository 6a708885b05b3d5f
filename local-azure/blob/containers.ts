import { containersOf, type Dated } from './blobs.ts';
import type { BlobCall } from './call.ts';
import { listing } from './listing.ts';
import { containerNotFound } from './refusals.ts';
import { element, fields } from './xml.ts';

export const listContainers = (call: BlobCall): Response => {
  const prefix = call.url.searchParams.get('prefix') ?? '';
  const found = containersOf(call).filter(({ name }) => name.startsWith(prefix));
  return listing(call, 'Containers', found, containerElement);
};

const containerElement = ({ name, lastModified, etag }: Dated): string =>
  element(
    'Container',
    fields({ Name: name }),
    element(
      'Properties',
      fields({
        'Last-Modified': lastModified,
        Etag: etag,
        LeaseStatus: 'unlocked',
        LeaseState: 'available',
        DefaultEncryptionScope: '$account-encryption-key',
        DenyEncryptionScopeOverride: 'false',
        HasImmutabilityPolicy: 'false',
        HasLegalHold: 'false',
        ImmutableStorageWithVersioningEnabled: 'false',
      }),
    ),
  );

export const showContainer = (call: BlobCall): Response => {
  const container = containersOf(call).find(({ name }) => name === call.container);
  if (!container) throw containerNotFound(call);
  return new Response(null, {
    headers: {
      etag: container.etag,
      'last-modified': container.lastModified,
      'x-ms-lease-status': 'unlocked',
      'x-ms-lease-state': 'available',
      'x-ms-has-immutability-policy': 'false',
      'x-ms-has-legal-hold': 'false',
      'x-ms-default-encryption-scope': '$account-encryption-key',
      'x-ms-deny-encryption-scope-override': 'false',
      'x-ms-immutable-storage-with-versioning-enabled': 'false',
    },
  });
};
