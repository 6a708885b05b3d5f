/**
 * A child that holds a port, which it prints, and writes down the signals it gets. Arguments: its name, the file to
 * write to, and `stubborn` when no signal but SIGKILL shall end it.
 */
import { appendFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

const [name = '', journal = '', manner = ''] = process.argv.slice(2);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    appendFileSync(journal, `${name} ${signal}\n`);
    if (manner !== 'stubborn') process.exit(0);
  });
}

const server = createServer().listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
