/**
 * What stands in the place of `node:test` while mistakes are judged: the tests of a file are noted, and played one after the other
 * until the first red. The real one plays a file once in a process, and a process takes longer to start than most tests to play.
 */
type Play = (context: object) => unknown;
type Given = [name: string, play: Play] | [name: string, options: object, play: Play];

let noted: (() => unknown)[] = [];
const afterwards: (() => unknown)[] = [];

/** The real one: `import` of its module leads back here. */
const { mock } = process.getBuiltinModule('node:test');
const context = { diagnostic: (): void => undefined, mock };
const playOf = (given: Given): Play => given.at(-1) as Play;

export const test = (...given: Given): void => {
  noted.push(async () => {
    try {
      await playOf(given)(context);
    } finally {
      mock.reset();
      mock.timers.reset();
    }
    for (const one of afterwards) await one();
  });
};

/** Notes the tests of a suite at once. */
export const suite = (...given: Given): void => {
  playOf(given)(context);
};

export const before = (play: Play): void => {
  noted.push(() => play(context));
};

/** For every file: modules that name this are loaded once, for all files after them. */
export const afterEach = (play: () => unknown): void => {
  afterwards.push(play);
};

/** Returns the tests that were noted since the last call. */
export const takeNoted = (): (() => unknown)[] => {
  const taken = noted;
  noted = [];
  return taken;
};
