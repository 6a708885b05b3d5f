/** Looks for secrets where none may be, however they were written down. */

/** What no secret must be found in: bytes or text, by a name for people. */
export type Places = Record<string, Uint8Array | string>;

export type Secrets = Record<string, Uint8Array | string>;

/** Says of each secret, whole or a piece of it, where it was found and how it was written: `the key as hex in the log`. */
export const findSecrets = (places: Places, secrets: Secrets): string[] =>
  Object.entries(secrets).flatMap(([secret, value]) => {
    const pieces = piecesOf(Buffer.from(value as Uint8Array));
    return Object.entries(places).flatMap(([place, content]) => {
      const haystack = Buffer.from(content as Uint8Array);
      const isWritten = (write: Encoding): boolean =>
        pieces.some((piece) => written(piece, write).some((text) => haystack.includes(text)));
      return encodings.filter(([, write]) => isWritten(write)).map(([encoding]) => `${secret} ${encoding} in ${place}`);
    });
  });

/** Long enough to be nothing else by chance. */
const pieceLength = 32;

/** A secret may be cut, wrapped or shortened on its way: its beginning, its middle and its end are looked for. */
const piecesOf = (secret: Buffer): Buffer[] => {
  if (secret.length < pieceLength) throw new Error('a secret that short is found everywhere');
  const last = secret.length - pieceLength;
  return [0, Math.floor(last / 2), last].map((from) => secret.subarray(from, from + pieceLength));
};

/** Writes bytes in all the ways in which they may appear within something longer. */
type Encoding = (piece: Buffer) => (string | Buffer)[];

const clear: Encoding = (piece) => [piece];

/** What an encoding leaves as it is, is found in clear. */
const written = (piece: Buffer, write: Encoding): (string | Buffer)[] =>
  write === clear ? [piece] : write(piece).filter((text) => !piece.equals(Buffer.from(text as string)));

const encodings: [name: string, write: Encoding][] = [
  ['in clear', clear],
  ['as a JSON string', (piece) => [JSON.stringify(piece.toString('utf8')).slice(1, -1)]],
  ['as base64', (piece) => within(piece, 'base64')],
  ['as base64url', (piece) => within(piece, 'base64url')],
  ['as hex', (piece) => [piece.toString('hex'), piece.toString('hex').toUpperCase()]],
  ['URL-encoded', (piece) => [urlEncoded(piece), urlEncoded(piece).toLowerCase()]],
  ['as UTF-16', (piece) => [Buffer.from(piece.toString('latin1'), 'utf16le')]],
  ['as a list of numbers', (piece) => [piece.join(','), piece.join(', ')]],
];

/** Three bytes become four characters, so that the same bytes look different at each of three offsets. */
const within = (piece: Buffer, encoding: 'base64' | 'base64url'): string[] =>
  [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), piece])
      .toString(encoding)
      .replace(/=+$/, '');
    const shared = (piece.length + offset) % 3 === 0 ? 0 : 1;
    return text.slice(offset === 0 ? 0 : offset + 1, text.length - shared);
  });

/** Letters, digits and `-._~` stay as they are (RFC 3986). */
const urlEncoded = (piece: Buffer): string =>
  [...piece]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/** All texts and bytes in a value, however deep: payloads are searched as what they carry. */
export const leavesOf = (value: unknown): Buffer => Buffer.concat([...leaves(value)]);

function* leaves(value: unknown): Generator<Buffer> {
  if (typeof value === 'string') yield Buffer.from(`${value}\n`);
  else if (value instanceof Uint8Array) yield Buffer.concat([value, Buffer.from('\n')]);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      yield Buffer.from(`${name}\n`);
      yield* leaves(inner);
    }
  }
}
