#compdef intern-pool
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completes the commands and the options that the help of intern-pool lists, with their descriptions; other words are
# files.

local word line match mbegin mend
local -a command help commands plain valued

for word in ${words[2,CURRENT-1]}; do
  [[ $word == -* ]] && break
  command+=($word)
  [[ $command[1] == (snapshot|help) ]] || break
done
help=("${(@f)$(_call_program help $words[1] $command --help 2>/dev/null)}")

for line in $help; do
  if [[ $line =~ '^  (-., )?(--[a-z-]+)(=[A-Z]+)?  +(.*)' ]]; then
    [[ -n $match[3] ]] && valued+=("$match[2]:$match[4]") || plain+=("$match[2]:$match[4]")
  elif [[ $line =~ '^  ([a-z]+)( [a-z]+| \[COMMAND\])?  +(.*)' && $match[2] != ' '[a-z]* ]]; then
    commands+=("$match[1]:$match[3]")
  elif [[ $line =~ '^  (snapshot) [a-z]' ]]; then
    (( $commands[(I)snapshot:*] )) || commands+=('snapshot:Make, show and compare snapshots')
  fi
done

if [[ $PREFIX == --*=* ]]; then
  compset -P '*='
  _files
elif [[ $PREFIX == -* ]]; then
  _describe -o option valued -qS= -- plain
elif (( ! $#command )) || [[ $help[2] == *'COMMAND [OPTION'* ]]; then
  _describe -t commands command commands
else
  _files
fi
