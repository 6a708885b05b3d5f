/** Shell completion: scripts generated from the declarations of the commands. */
import type { Command, Option } from 'commander';
import { blockingFailures, procedureNames, stepNames } from '../client/procedures.ts';

/** Shells with a completion script. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** A command, and the words and options that may follow it. */
type Place = { path: string; about: string; words: readonly string[]; options: readonly Option[]; below: Place[] };

/** Returns the script for a shell. Names consist of letters, digits and hyphens, so none requires quoting. */
export const completionOf = (program: Command, shell: Shell): string => scripts[shell](all(placeOf(program)));

const placeOf = (command: Command, above = ''): Place => {
  const path = `${above}${command.name()}`;
  const children = command.commands.map((child) => placeOf(child, `${path} `));
  const below = children.length === 0 ? [] : [...children, helpOf(command, path)];
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const options = command.createHelp().visibleOptions(command);
  const words = [...namesOf(command), ...(children.length === 0 ? [] : ['help']), ...choices];
  return { path, about: command.description(), words, options, below };
};

const namesOf = ({ commands }: Command): string[] => commands.map((child) => child.name());

/** The command `help`, which commander adds to each group. */
const helpOf = (command: Command, above: string): Place => ({
  path: `${above} help`,
  about: 'show the help for a command',
  words: namesOf(command),
  options: [],
  below: [],
});

const all = (place: Place): Place[] => [place, ...place.below.flatMap(all)];

/** Names that this release knows, for options that accept any name. */
const known: Readonly<Record<string, readonly string[]>> = {
  step: stepNames,
  failure: blockingFailures,
  procedure: procedureNames,
};

const valuesOf = (option: Option): readonly string[] => option.argChoices ?? known[option.attributeName()] ?? [];

/** A placeholder says what a value is; only a file is completed as one. */
const isFile = ({ flags }: Option): boolean => flags.includes('<file>');

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);

/** Returns the commands and arguments that may follow, then the options. */
const startsOf = ({ words, options }: Place): string =>
  [...words, ...options.flatMap(({ short, long }) => long ?? short ?? [])].join(' ');

/** `'ase key' | 'ase key show'`, for the patterns of a `case`. */
const patterns = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join(' | ');

const pathsBelow = (places: readonly Place[]): string => patterns(places.slice(1).map(({ path }) => path));

/** The lines of a `case` over command and option: the known values of the option, files, or nothing. */
const valueCases = (places: readonly Place[], offer: (values: string) => string, nothing: string): string =>
  places
    .flatMap(({ path, options }) =>
      options.filter(takesValue).map((option) => {
        const typed = patterns(flagsOf(option).map((flag) => `${path} ${flag}`));
        const values = valuesOf(option).join(' ');
        return `    ${typed}) ${values === '' && !isFile(option) ? nothing : offer(values)} ;;\n`;
      }),
    )
    .join('');

const startCases = (places: readonly Place[], offer: (values: string) => string): string =>
  places.map((place) => `        '${place.path}') ${offer(startsOf(place))} ;;\n`).join('');

const bash = (places: readonly Place[]): string => `# Load it with: source <(ase completion bash)
_ase() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} at=ase offered='' prefix='' i
  # Bash breaks words at an equals sign, unless COMP_WORDBREAKS is without it.
  if [[ $word == = ]]; then word=''
  elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $word == --*=* ]]; then before=\${word%%=*} prefix=\${word%%=*}= word=\${word#*=}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${pathsBelow(places)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $before" in
${valueCases(places, (values) => `offered='${values}'`, 'compopt +o default 2>/dev/null')}    *)
      case "$at" in
${startCases(places, (values) => `offered='${values}'`)}      esac
      ;;
  esac
  COMPREPLY=($(compgen -P "$prefix" -W "$offered" -- "$word"))
}
complete -o default -F _ase ase
`;

const zsh = (places: readonly Place[]): string => `#compdef ase
# Load it with: source <(ase completion zsh), or write it to a file _ase in a folder of your fpath
_ase() {
  local at=ase before=\${words[CURRENT - 1]} i
  local -a offered
  if compset -P '--*='; then before=\${IPREFIX%=}; fi
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      ${pathsBelow(places)}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at $before" in
${valueCases(places, (values) => `offered=(${values})`, 'return')}    *)
      case "$at" in
${startCases(places, (values) => `offered=(${values})`)}      esac
      ;;
  esac
  if ((\${#offered})); then compadd -- "\${offered[@]}"; else _files; fi
}
# As a file it is the function's first call; sourced, it names the function.
if [ "$funcstack[1]" = _ase ]; then _ase "$@"; else compdef _ase ase; fi
`;

const fish = (places: readonly Place[]): string => `# Load it with: ase completion fish | source
function __ase_at
  set -l at ase
  for word in (commandline -opc)[2..]
    switch "$at $word"
      case ${places
        .slice(1)
        .map(({ path }) => `'${path}'`)
        .join(' ')}
        set at "$at $word"
    end
  end
  echo $at
end
${places.flatMap(fishLines).join('\n')}
`;

const fishLines = ({ path, words, options, below }: Place): string[] => {
  const here = `complete -c ase -n 'test (__ase_at) = "${path}"'`;
  const about = (word: string): string => below.find((place) => place.path === `${path} ${word}`)?.about ?? '';
  return [
    ...words.map((word) => `${here} -f -a ${word}${described(about(word))}`),
    ...options.map((option) => {
      const flags = [option.short && `-s ${option.short.slice(1)}`, option.long && `-l ${option.long.slice(2)}`];
      const values = valuesOf(option);
      const offered =
        values.length > 0 ? ` -x -a '${values.join(' ')}'` : takesValue(option) ? (isFile(option) ? ' -r' : ' -x') : '';
      return `${here} ${flags.filter(Boolean).join(' ')}${offered}${described(option.description)}`;
    }),
  ];
};

const described = (text: string): string => (text === '' ? '' : ` -d '${text.replaceAll("'", String.raw`\'`)}'`);

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = { bash, zsh, fish };
