/** Lines for a person who watches: how long it took so far, and what is so now. */
import { styleText } from 'node:util';

export type Say = (line: string) => void;

/** Times count from the call. Colours only on a terminal: `styleText` looks at the stream itself. */
export function startSaying(): Say {
  const startedAt = performance.now();
  return (line) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
    console.log(`${styleText('dim', `${seconds} s`, { stream: process.stdout })}  ${line}`);
  };
}

export function heading(line: string): string {
  return styleText('bold', line, { stream: process.stdout });
}
