/** The table of rights in docs/security.md. */
import { readFile } from 'node:fs/promises';
import type { RoleName } from '../../domain/rights.ts';

export type RightRow = { action: string; scope: string; roles: RoleName[] };

const roles: readonly RoleName[] = ['activate', 'delete', 'operator'];
const page = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8');

export const rightRows: readonly RightRow[] = page.split('\n').flatMap((line) => {
  const [, action, scope = '', ...marks] = /^\| `(Microsoft\.[^`]+)` +\| (\w+) +\|(.*)\|(.*)\|(.*)\|$/.exec(line) ?? [];
  if (action === undefined) return [];
  return [{ action, scope, roles: roles.filter((_, column) => marks[column]?.trim() === 'yes') }];
});
