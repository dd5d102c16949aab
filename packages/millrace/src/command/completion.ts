import type { CommandSaid } from './flags.js';
import { COMMON } from './flags.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell needs to complete commands and flags; made from the same data as the help. */
export function completion(shell: Shell, commands: readonly CommandSaid[]): string {
  if (shell === 'fish') return fish(commands);
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map((command) => `    ${command.name}) words="${flagsOf(command).join(' ')}" ;;`).join('\n');
  const script = `_millrace() {
  local words cur="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="${names}" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${names}"
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *) [ "$COMP_CWORD" -eq 1 ] && COMPREPLY=($(compgen -W "$words" -- "$cur")) || COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -F _millrace millrace
`;
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script;
}

const flagsOf = ({ flags }: CommandSaid): string[] => [...flags, ...COMMON].map(({ name }) => `--${name}`);

const fish = (commands: readonly CommandSaid[]): string =>
  [
    'complete -c millrace -f',
    ...commands.map(
      ({ name, describe }) => `complete -c millrace -n __fish_use_subcommand -a ${name} -d ${quoted(describe)}`,
    ),
    ...commands.flatMap(({ name, flags }) =>
      [...flags, ...COMMON].map(
        (flag) =>
          `complete -c millrace -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${flag.short ? ` -s ${flag.short}` : ''}${flag.value && !flag.optional ? ' -r -F' : ''} -d ${quoted(flag.describe)}`,
      ),
    ),
    '',
  ].join('\n');

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
