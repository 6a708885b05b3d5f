/** Which part of the cloud a request is meant for, told by its host name. */
export type Destination =
  | { to: 'arm' | 'login' | 'graph' | 'control' | 'nowhere' }
  | { to: 'vault'; vaultName: string }
  | { to: 'blob'; accountName: string };

/** The addresses of the local cloud as the caller of one request sees them: all on the port that it used. */
export type Endpoints = {
  arm: string;
  login: string;
  graph: string;
  /** The `resource` of the data plane's challenge, and the audience of tokens for it. */
  vault: string;
  /** With a slash at its end and the name in lower case (recorded). */
  vaultUri: (vaultName: string) => string;
  /** `https://NAME.SERVICE.localhost[:PORT]/` */
  storage: (accountName: string, service: string) => string;
  /** `vault.localhost[:PORT]` and `localhost[:PORT]`, as the cloud's metadata calls them. */
  suffixes: { keyVaultDns: string; storage: string };
};

const singleHosts = new Map<string, 'arm' | 'login' | 'graph' | 'control'>([
  ['management.localhost', 'arm'],
  ['login.localhost', 'login'],
  ['graph.localhost', 'graph'],
  ['control.localhost', 'control'],
]);

export const destinationOf = (hostname: string): Destination => {
  const single = singleHosts.get(hostname);
  if (single) return { to: single };
  const [name = '', kind, ...rest] = hostname.split('.');
  if (rest.join('.') !== 'localhost' || name === '') return { to: 'nowhere' };
  if (kind === 'vault') return { to: 'vault', vaultName: name };
  if (kind === 'blob') return { to: 'blob', accountName: name };
  return { to: 'nowhere' };
};

export const endpointsAt = (url: URL): Endpoints => {
  const port = url.port === '' ? '' : `:${url.port}`;
  const at = (host: string): string => `https://${host}.localhost${port}`;
  return {
    arm: at('management'),
    login: at('login'),
    graph: at('graph'),
    vault: at('vault'),
    vaultUri: (vaultName) => `${at(`${vaultName.toLowerCase()}.vault`)}/`,
    storage: (accountName, service) => `${at(`${accountName}.${service}`)}/`,
    suffixes: { keyVaultDns: `vault.localhost${port}`, storage: `localhost${port}` },
  };
};
