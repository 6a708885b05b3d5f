import type { Provider } from './arm/provider.ts';
import { authorization } from './authorization.ts';
import { dataBoxEdge } from './data-box-edge.ts';
import { insights } from './insights.ts';
import { keyVault } from './key-vault.ts';
import { resources } from './resources.ts';
import { otherProviders } from './resources/other-providers.ts';
import { storage } from './storage.ts';

/** Every resource provider of the local Azure: a new one is a new file and a line here. */
export const providers: readonly Provider[] = [
  resources,
  authorization,
  keyVault,
  storage,
  insights,
  dataBoxEdge,
  ...otherProviders,
];
