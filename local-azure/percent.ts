/** The text with its percent-encoding undone, or nothing where that is broken. */
export const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
