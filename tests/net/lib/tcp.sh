# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TCP options that sockets in pods neither offer nor accept. $TCP is SIDE:OPTION[,SIDE:OPTION...], or
# `-` where pods use them all. A side is client, origin (ordinary pods), offloaded, server (both of
# these) or both (all pods); an option is timestamps, sack, window_scaling or all.

TCP_OPTIONS=(timestamps sack window_scaling)

pod_is_on() # POD SIDE
{
	case $2 in
	client) [[ $1 == client* ]] ;;
	server) [[ $1 != client* ]] ;;
	origin) [[ $1 != client* && -z ${POD_SHA[$1]} ]] ;;
	offloaded) [[ $1 != client* && -n ${POD_SHA[$1]} ]] ;;
	both) ;;
	*) fail "no side '$2' in '$TCP'" ;;
	esac
}

# Whether the sockets of a pod use an option.
pod_uses() # POD OPTION
{
	local word

	for word in ${TCP//,/ }; do
		[[ $word == *:"$2" || $word == *:all ]] && pod_is_on "$1" "${word%:*}" && return 1
	done
	return 0
}

# A word that names no option would turn nothing off.
tcp_check()
{
	local word

	[ "$TCP" != - ] || return 0
	for word in ${TCP//,/ }; do
		[[ " ${TCP_OPTIONS[*]} all " == *" ${word#*:} "* ]] || fail "no option '$word'"
	done
}

# In every pod that there is, for connections that are made from now on.
tcp_apply()
{
	local pod option values

	tcp_check
	for pod in "${!POD_NUMBER[@]}"; do
		values=()
		for option in "${TCP_OPTIONS[@]}"; do
			if pod_uses "$pod" "$option"; then
				values+=("net.ipv4.tcp_$option=1")
			else
				values+=("net.ipv4.tcp_$option=0")
			fi
		done
		in_pod "$pod" sysctl -q "${values[@]}"
	done
}

tcp_title()
{
	[ "$TCP" = - ] || echo " without $TCP"
}
