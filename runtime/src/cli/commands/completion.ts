// `completion bash|zsh|fish`: small scripts that ask `coracle __complete` what could stand next.

import { command } from '../command.ts';

const bash = `# bash completion for coracle: source <(coracle completion bash)
_coracle() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(coracle __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o nosort -F _coracle coracle 2>/dev/null || complete -F _coracle coracle
`;

const zsh = `#compdef coracle
# zsh completion for coracle: source <(coracle completion zsh)
_coracle() {
  local -a candidates
  local line
  for line in "\${(@f)$(coracle __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#candidates} )); then _describe 'coracle' candidates; else _files; fi
}
compdef _coracle coracle
`;

const fish = `# fish completion for coracle: coracle completion fish | source
function __coracle_complete
  set -l words (commandline -opc) (commandline -ct)
  coracle __complete -- $words[2..-1] 2>/dev/null
end
complete -c coracle -a '(__coracle_complete)'
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };

export const completion = command({
  usage: 'bash|zsh|fish',
  long: `Generate the autocompletion script for the specified shell

  bash:  source <(coracle completion bash)
  zsh:   source <(coracle completion zsh)
  fish:  coracle completion fish | source`,
  args: { min: 1, max: 1 },
  flags: {},
  async run({ args: [shell = ''], session }) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined) throw new Error(`unknown shell ${JSON.stringify(shell)}: use bash, zsh or fish`);
    session.write(script);
  },
});
