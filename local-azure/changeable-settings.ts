import { assertSettings, defaultSettings, scaled, type Settings } from './settings.ts';

/** The settings as they were given, before the time scale divides the delays. */
export type ChangeableSettings = { read: () => Settings; change: (changes: Partial<Settings>) => void };

export const changeableSettings = (given: Partial<Settings>): ChangeableSettings & { scaled: () => Settings } => {
  let settings: Settings = { ...defaultSettings, ...given };
  let delays = scaled(settings);
  return {
    read: () => ({ ...settings }),
    scaled: () => delays,
    change: (changes) => {
      assertSettings(changes);
      settings = { ...settings, ...changes };
      delays = scaled(settings);
    },
  };
};
