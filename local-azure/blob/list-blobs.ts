import { blobsOf, httpDate, type Blob } from './blobs.ts';
import type { BlobCall } from './call.ts';
import { listing } from './listing.ts';
import { element, fields } from './xml.ts';

type Entry = { name: string; blob?: Blob };

/** Flat, or by hierarchy where a delimiter is given: what has it after the prefix is shown as one prefix. */
export const listBlobs = (call: BlobCall): Response => {
  const query = call.url.searchParams;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const entries = blobsOf(call)
    .filter(({ name }) => name.startsWith(prefix))
    .map((blob): Entry => {
      const end = delimiter === '' ? -1 : blob.name.indexOf(delimiter, prefix.length);
      return end < 0 ? { name: blob.name, blob } : { name: blob.name.slice(0, end + delimiter.length) };
    });
  const unique = [...new Map(entries.map((entry) => [entry.name, entry])).values()];
  return listing(call, 'Blobs', unique, ({ name, blob }) =>
    blob ? blobElement(blob) : element('BlobPrefix', fields({ Name: name })),
  );
};

const blobElement = (blob: Blob): string =>
  element(
    'Blob',
    fields({ Name: blob.name }),
    element(
      'Properties',
      fields({
        'Creation-Time': httpDate(blob.createdAt),
        'Last-Modified': blob.lastModified,
        Etag: blob.etag.replaceAll('"', ''),
        'Content-Length': String(blob.content.length),
        'Content-Type': 'application/octet-stream',
        'Content-Encoding': '',
        'Content-Language': '',
        'Content-CRC64': '',
        'Content-MD5': '',
        'Cache-Control': '',
        'Content-Disposition': '',
        BlobType: 'AppendBlob',
        LeaseStatus: 'unlocked',
        LeaseState: 'available',
        ServerEncrypted: 'true',
      }),
    ),
    '<OrMetadata />',
  );
