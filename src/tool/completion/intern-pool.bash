# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completes the commands and the options that the help of intern-pool lists; other words are files.

_intern_pool() {
  local tool=$1 current=$2 word help choices='' command=()

  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && break
    command+=("$word")
    [[ ${command[0]} == snapshot || ${command[0]} == help ]] || break
  done

  help=$("$tool" "${command[@]}" --help 2>/dev/null) || return
  if [[ $current == -* ]]; then
    choices=$(sed -n 's/^  \(-., \)\?\(--[a-z-]*\).*/\2/p' <<<"$help")
  elif [[ ${#command[@]} -eq 0 || $help == *'COMMAND [OPTION'* ]]; then
    choices=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help" | sort -u)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
}

complete -o default -F _intern_pool intern-pool
