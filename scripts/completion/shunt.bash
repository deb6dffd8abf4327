# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of shunt(1) for bash; needs bash-completion. Source it, or install it as
# /usr/share/bash-completion/completions/shunt. Commands and options are those that --help lists.

_shunt_options() # COMMAND...
{
	"$@" --help 2>/dev/null | grep -oE -- '(^|[ ,])--[a-z-]+' | tr -d ' ,'
}

_shunt_commands() # COMMAND...
{
	"$@" --help 2>/dev/null |
		sed -n '/^Commands:/,/^`/s/^  \([a-z]*\)  *[^ ].*/\1/p'
}

# What a manager or a directory knows, by the options that are on the line already. One that does not
# answer soon has nothing to say.
_shunt_ask() # ARGUMENTS...
{
	timeout 2 "${words[0]}" "$@" "${_shunt_place[@]}" 2>/dev/null </dev/null
}

# The options of the line that say who is asked.
_shunt_find_place()
{
	local i

	_shunt_place=()
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--server=* | --token-file=* | --ca=* | --certificate=* | --key=* | --manifests=*)
			_shunt_place+=("${words[i]/#*=\~\//${words[i]%%=*}=$HOME/}")
			;;
		--server | --token-file | --ca | --certificate | --key | --manifests)
			_shunt_place+=("${words[i]}" "${words[i + 1]/#\~\//$HOME/}")
			((i++))
			;;
		esac
	done
}

# The command's words, and how many arguments it has so far.
_shunt_find_command()
{
	local i word

	_shunt_command=("${words[0]}")
	_shunt_arguments=0
	for ((i = 1; i < cword; i++)); do
		word=${words[i]}
		case $word in
		--names | --wait | --replace | --signed | --no-signed | --follow | --paths | --help | --usage | --version | --*=*) ;;
		-f | -n | --*) ((i++)) ;;
		-*) ;;
		*)
			if ((${#_shunt_command[@]} == 1)) ||
				[[ ${#_shunt_command[@]} == 2 && ${_shunt_command[1]} == context ]]; then
				_shunt_command+=("$word")
			else
				((_shunt_arguments++))
			fi
			;;
		esac
	done
}

# The value of an option; false where the word is none.
_shunt_complete_value() # OPTION
{
	case $1 in
	--output) COMPREPLY=($(compgen -W 'text json' -- "$cur")) ;;
	--on-unreachable) COMPREPLY=($(compgen -W 'error main' -- "$cur")) ;;
	--state) COMPREPLY=($(compgen -W 'resolved unresolved expired' -- "$cur")) ;;
	--form)
		COMPREPLY=($(compgen -W 'header cookie query baggage tracestate ot uberctx carrier
			overrides all' -- "$cur"))
		;;
	--by) COMPREPLY=($(compgen -W 'override context service' -- "$cur")) ;;
	--outcome)
		COMPREPLY=($(compgen -W 'moved stayed answered origin retried ignored unmoved pinned noted
			fenced' -- "$cur"))
		;;
	--since | --interval) COMPREPLY=($(compgen -W '10s 1m 5m 1h' -- "$cur")) ;;
	--expires) COMPREPLY=($(compgen -W '30m 12h 3d 2w never' -- "$cur")) ;;
	--context) COMPREPLY=($(compgen -W "$(_shunt_ask context list --names)" -- "$cur")) ;;
	--service | --remove) COMPREPLY=($(compgen -W "$(_shunt_ask services --names)" -- "$cur")) ;;
	--bpffs | --manifests | --cgroup) _filedir -d ;;
	--interface) COMPREPLY=($(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	-f | --file | --token-file | --ca | --certificate | --key) _filedir ;;
	--server | --timeout | --config | --description | --label | --owner | --limit | --count | \
		--client | --iterations | -n | --rows | \
		--endpoint | --decode | --listen) ;;
	*) return 1 ;;
	esac
	return 0
}

_shunt_complete_argument()
{
	case "${_shunt_command[*]:1} $_shunt_arguments" in
	'context get 0' | 'context set 0' | 'context clone 0' | 'context watch 0' | 'header 0' | \
		'explain 0' | \
		'context delete '*)
		COMPREPLY=($(compgen -W "$(_shunt_ask context list --names)" -- "$cur"))
		;;
	'context set '*)
		COMPREPLY=($(compgen -W "$(_shunt_ask offloaded --names)" -- "$cur"))
		;;
	'explain 1')
		COMPREPLY=($(compgen -W "$(_shunt_ask services --names)" -- "$cur"))
		;;
	' 0' | 'context 0') COMPREPLY=($(compgen -W "$(_shunt_commands "${_shunt_command[@]}")" -- "$cur")) ;;
	esac
}

# Readline replaces only what is behind the last = or :.
_shunt_trim()
{
	local prefix i

	[[ $cur == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]] || return
	prefix=${cur%"${cur##*[=:]}"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$prefix"}
	done
}

_shunt()
{
	local cur prev words cword _shunt_place _shunt_command _shunt_arguments

	COMPREPLY=()
	_get_comp_words_by_ref -n '=:' cur prev words cword || return
	_shunt_find_place
	_shunt_find_command
	if [[ $cur == --*=* ]]; then
		prev=${cur%%=*}
		cur=${cur#*=}
		_shunt_complete_value "$prev"
		return
	fi
	_shunt_complete_value "$prev" && return
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_shunt_options "${_shunt_command[@]}")" -- "$cur"))
		return
	fi
	_shunt_complete_argument
	_shunt_trim
}

complete -F _shunt shunt
