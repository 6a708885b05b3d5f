/** Which part of the cloud a request is meant for, told by its host name. */
export type Destination =
  | { to: 'arm' | 'login' | 'graph' | 'control' | 'nowhere' }
  | { to: 'vault'; vaultName: string }
  | { to: 'blob'; accountName: string };

/** The addresses of the cloud as the caller of one request sees them: under the names and on the port that it used. */
export type Endpoints = {
  /** What the cloud calls itself. */
  name: string;
  arm: string;
  login: string;
  graph: string;
  /** The `resource` of the data plane's challenge, and the audience of tokens for it. */
  vault: string;
  /** With a slash at its end and the name in lower case (recorded). */
  vaultUri: (vaultName: string) => string;
  /** `https://NAME.SERVICE.localhost[:PORT]/` */
  storage: (accountName: string, service: string) => string;
  /** `vault.localhost[:PORT]` and its like, as the cloud's metadata calls them. */
  suffixes: { keyVaultDns: string; storage: string; mhsmDns: string };
};

type Cloud = {
  arm: string;
  login: string;
  graph: string;
  control?: string;
  /** What follows the name of a vault. */
  vault: string;
  /** What follows the name of a storage account and of a service. */
  storage: string;
  managedHsm: string;
};

const localCloud: Cloud = {
  arm: 'management.localhost',
  login: 'login.localhost',
  graph: 'graph.localhost',
  control: 'control.localhost',
  vault: 'vault.localhost',
  storage: 'localhost',
  managedHsm: 'managedhsm.localhost',
};

/** Under the names of public Azure, for clients whose way there is intercepted. */
const publicCloud: Cloud = {
  arm: 'management.azure.com',
  login: 'login.microsoftonline.com',
  graph: 'graph.microsoft.com',
  vault: 'vault.azure.net',
  storage: 'core.windows.net',
  managedHsm: 'managedhsm.azure.net',
};

export const destinationOf = (hostname: string): Destination =>
  destinationIn(localCloud, hostname) ?? destinationIn(publicCloud, hostname) ?? { to: 'nowhere' };

/** Whether a host has its name from public Azure. */
export const isPublic = (hostname: string): boolean => destinationIn(publicCloud, hostname) !== undefined;

const destinationIn = (cloud: Cloud, hostname: string): Destination | undefined => {
  switch (hostname) {
    case cloud.arm:
      return { to: 'arm' };
    case cloud.login:
      return { to: 'login' };
    case cloud.graph:
      return { to: 'graph' };
    case cloud.control:
      return { to: 'control' };
  }
  const [name = '', ...rest] = hostname.split('.');
  const parent = rest.join('.');
  if (name === '') return undefined;
  if (parent === cloud.vault) return { to: 'vault', vaultName: name };
  return parent === `blob.${cloud.storage}` ? { to: 'blob', accountName: name } : undefined;
};

export const endpointsAt = (url: URL): Endpoints => {
  const cloud = isPublic(url.hostname) ? publicCloud : localCloud;
  const port = url.port === '' ? '' : `:${url.port}`;
  const at = (host: string): string => `https://${host}${port}`;
  return {
    name: cloud === publicCloud ? 'AzureCloud' : 'AzureLocal',
    arm: at(cloud.arm),
    login: at(cloud.login),
    graph: at(cloud.graph),
    vault: at(cloud.vault),
    vaultUri: (vaultName) => `${at(`${vaultName.toLowerCase()}.${cloud.vault}`)}/`,
    storage: (accountName, service) => `${at(`${accountName}.${service}.${cloud.storage}`)}/`,
    suffixes: {
      keyVaultDns: `${cloud.vault}${port}`,
      storage: `${cloud.storage}${port}`,
      mhsmDns: `${cloud.managedHsm}${port}`,
    },
  };
};
