import { commandLine } from '../config.ts';

/** Commands inside a text, as they are typed here: a hint is to be pasted as it stands. */
export const asTyped = (text: string): string =>
  text.replace(
    /\base (?=(?:--help|key|status|blocked|consent|audit|doctor|device|vault|completion)\b)/g,
    `${commandLine()} `,
  );
