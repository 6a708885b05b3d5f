/** The pages of the checkout as the package has them: without what only a checkout can follow or type. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The uncompiled files of the checkout that the package contains. The local Azure and its page are not among them. */
export const packedAsIs = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs', 'roles'];

/** @param file path of a file or folder, from the root of the package */
export const isPacked = (file: string): boolean =>
  packedAsIs.includes(file.split('/')[0] ?? '') && file !== 'docs/local-azure.md' && existsSync(path.join(root, file));

/** Between these comments a page speaks of the checkout alone. */
const ofCheckout = /^<!-- checkout -->\n[\s\S]*?^<!-- \/checkout -->\n+/gm;
const link = /(!?)\[([^\]]*)\]\(([^()\s]+)\)/g;

/**
 * Removes rows of tables and items of lists whose link has no target in the package; elsewhere the text of the link stays.
 * @param page its path from the root of the package
 * @param has whether the package has a file or folder of this path
 */
export const packPage = (text: string, page: string, has = isPacked): string => {
  const leadsNowhere = (target: string): boolean => {
    const [file = ''] = target.split('#');
    return !/^[a-z]+:/.test(target) && file !== '' && !has(path.normalize(path.join(path.dirname(page), file)));
  };
  return text
    .replaceAll(ofCheckout, '')
    .replaceAll('npm run -s ase -- ', 'npx ase ')
    .split('\n')
    .filter((line) => !/^(\||- |\d+\. )/.test(line) || !linksIn(line).some(leadsNowhere))
    .join('\n')
    .replaceAll(link, (whole, _image: string, said: string, target: string) => (leadsNowhere(target) ? said : whole));
};

/** Targets of the links of a page. */
export const linksIn = (text: string): string[] => [...text.matchAll(link)].map(([, , , target = '']) => target);
