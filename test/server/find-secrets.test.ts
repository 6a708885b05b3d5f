import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { findSecrets, leavesOf } from './find-secrets.ts';

/** Base64 always holds letters, but not always what a URL writes otherwise. */
const secret = `+/${randomBytes(90).toString('base64')}/+`;
const bytes = randomBytes(600);
const pem = `-----BEGIN PRIVATE KEY-----\n${bytes.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n`;

suite('the search for secrets finds', () => {
  const writings: [encoding: string, write: (text: string) => string | Buffer][] = [
    ['in clear', (text) => text],
    ['as base64', (text) => Buffer.from(text).toString('base64')],
    ['as base64url', (text) => Buffer.from(text).toString('base64url')],
    ['as hex', (text) => Buffer.from(text).toString('hex')],
    ['as hex', (text) => Buffer.from(text).toString('hex').toUpperCase()],
    ['URL-encoded', (text) => encodeURIComponent(text)],
    ['as UTF-16', (text) => Buffer.from(text, 'utf16le')],
    ['as a list of numbers', (text) => JSON.stringify([...Buffer.from(text)])],
  ];
  for (const [encoding, write] of writings) {
    for (const before of ['', 'x', 'xy']) {
      test(`a secret ${encoding}, ${before.length} bytes into a longer text`, () => {
        const log = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(write(`${before}${secret}, and more`))]);
        assert.ok(findSecrets({ log }, { key: secret }).includes(`key ${encoding} in log`));
      });
    }
  }

  test('bytes that are not text', () => {
    assert.deepEqual(findSecrets({ log: bytes }, { key: bytes }), ['key in clear in log']);
    assert.ok(findSecrets({ log: bytes.toString('base64') }, { key: bytes }).includes('key as base64 in log'));
  });

  test('lines within a JSON string', () => {
    assert.ok(findSecrets({ log: JSON.stringify({ pem }) }, { key: pem }).includes('key as a JSON string in log'));
  });

  test('either half of a secret', () => {
    const half = secret.length / 2;
    for (const log of [secret.slice(0, half), secret.slice(half)]) {
      assert.deepEqual(findSecrets({ log }, { key: secret }), ['key in clear in log']);
    }
  });

  test('values deep in an object, as text or as bytes', () => {
    for (const data of [secret, Buffer.from(JSON.stringify({ secret }))]) {
      const history = leavesOf({ events: [{ input: { payloads: [{ metadata: {}, data }] } }] });
      assert.deepEqual(findSecrets({ history }, { key: secret }), ['key in clear in history']);
    }
  });

  test('nothing if there is no secret', () => {
    assert.deepEqual(findSecrets({ log: randomBytes(2 ** 16) }, { key: secret, other: bytes }), []);
  });
});
