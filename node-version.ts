/** The version of Node that the commands need. Any version of Node must be able to parse this file. */

/** As `engines` of package.json has it. */
const needed = { major: 22, minor: 14 };

/** Returns what is wrong with the version of Node, or nothing. @param version such as `v24.1.0` */
export const unsupportedNode = (command: string, version = process.version): string | undefined => {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  const isEnough = major > needed.major || (major === needed.major && minor >= needed.minor);
  return isEnough ? undefined : `${command} needs Node ${needed.major}.${needed.minor} or later; this is ${version}.`;
};
