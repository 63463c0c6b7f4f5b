import { defineCommand } from '../define-command.ts';
import { EXIT } from '../../contract/exit-codes.ts';
import { COMMON, type CommonFlags } from '../../contract/flags.ts';

/** Asks the command itself, so that it knows every flag and the series that are cached. */
const BASH = `_vision_cache() {
  local IFS=$'\\n'
  COMPREPLY=($(vision-cache __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} != */ ]]; then COMPREPLY[0]+=' '; fi
}
complete -o nospace -o default -F _vision_cache vision-cache
`;

export const completions = defineCommand<CommonFlags, ['bash']>({
  brief: 'Prints a completion script for a shell',
  examples: [
    ['completions bash >> ~/.bashrc', 'for every shell from now on'],
    ['completions bash', 'to see it'],
  ],
  parameters: {
    flags: COMMON,
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'bash',
          placeholder: 'SHELL',
          parse: (shell: string): 'bash' => {
            if (shell !== 'bash') throw new SyntaxError(`${shell} is not supported: only bash is`);
            return shell;
          },
        },
      ],
    },
  },
  async run(io) {
    await io.out(BASH);
    return EXIT.DONE;
  },
});
