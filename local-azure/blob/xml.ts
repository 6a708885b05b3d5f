/** One element with its content, which is already XML. */
export const element = (name: string, ...content: string[]): string =>
  content.every((part) => part === '') ? `<${name} />` : `<${name}>${content.join('')}</${name}>`;

/** Elements of plain text. */
export const fields = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => element(name, escaped(value)))
    .join('');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** As text or as the value of an attribute; what XML cannot say is left out. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '');

export const xml = (status: number, root: string, headers: Record<string, string> = {}): Response =>
  new Response(`<?xml version="1.0" encoding="utf-8"?>${root}`, {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
  });
