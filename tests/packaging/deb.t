#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages' whole life on a node with systemd: installation, the quick start, an upgrade, a
# rollback, one with other tables, removal. Requests are redirected all the while, and after removal
# nothing is left, in the kernel or on the disk.
#
#   PACKAGE_ROOT=DIRECTORY   on this system in place of one like this machine's own

. "$(dirname "$0")/../net/lib.sh"
. "$ROOT/tests/packaging/lib_system.sh"

DEBS=$BUILD/deb
OTHER=$BUILD/tests/layout # programs with another layout version
THREE=000000c000001000    # CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN
NONE=0000000000000000
MANAGER=http://127.0.0.1:9871

world_ready()
{
	nginx_start_each users-1 users-2 users-x
	system_start
	MANIFESTS=$SYSTEM/root/etc/shunt
	mkdir "$SYSTEM/root/debs"
	cp "$DEBS"/*.deb "$SYSTEM/root/debs"
	another_version 0.1.1
	another_version 0.2.0 "$OTHER/shuntd"
	system_changes >"$WORLD/before"
}

# The package of shuntd with another version, and perhaps another program.
another_version() # VERSION [PROGRAM]
{
	local tree=$WORLD/tree-$1

	dpkg-deb -R "$DEBS"/shuntd_*.deb "$tree"
	sed -i "s/^Version: .*/Version: $1/" "$tree/DEBIAN/control"
	[ -z "${2:-}" ] || cp "$2" "$tree/usr/sbin/shuntd"
	dpkg-deb --root-owner-group -b "$tree" "$SYSTEM/root/debs"
	rm -r "$tree"
}

# Not by way of another file system, from which it would not come in one step.
manifest_write() # FILE
{
	cat >"$MANIFESTS/.new" && mv "$MANIFESTS/.new" "$MANIFESTS/$1"
}

package_install() # FILE...
{
	in_system env DEBIAN_FRONTEND=noninteractive dpkg -i "${@/#//debs/}" || fail "dpkg -i $*: $?"
}

shunt() # ARGUMENTS...
{
	in_system shunt "$@"
}

agent_is_ready()
{
	agent_ready && in_system systemctl is-active shuntd
}

expect_agent()
{
	expect_soon 60 "the agent is ready: $(in_system systemctl status --no-pager shuntd)" agent_is_ready
}

expect_moving() # CLIENT
{
	client_ok "$1" repeat 50 0 x=users-x -=users-1,users-2
}

test_packages_are_installed_and_nothing_starts()
{
	local unit

	package_install shunt_0.1.0_amd64.deb shuntd_0.1.0_amd64.deb shunt-manager_0.1.0_amd64.deb
	for unit in shuntd shunt-manager; do
		expect_equal "$(in_system systemctl is-enabled $unit)" disabled "$unit"
		expect_equal "$(in_system systemctl is-active $unit)" inactive "$unit"
	done
	[ ! -e "$BPFFS" ] || fail "something is in the kernel"
	expect_equal "$(in_system systemd-analyze verify --man=no shuntd.service shunt-manager.service 2>&1 |
		grep shunt)" "" "what systemd says of the units"
}

# The README's, with a directory of manifests.
test_quick_start_redirects_and_trace_shows_it()
{
	local trace

	cluster_write
	manifest_write mmeng.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Context
		metadata: {name: mmeng}
		spec:
		  overrides:
		  - {service: shop/users, sha: 4f2a91c}
	END
	in_system systemctl enable --now shuntd || fail "systemctl: $?"
	expect_agent
	in_system systemctl reload shuntd || fail "systemctl reload: $?"
	client_connect a service
	client_gets a 'users-1|users-2'
	in_system timeout 20 shunt trace --count 1 >"$WORLD/run/trace" &
	trace=$!
	expect_soon 5 "somebody traces" tracing_is_on
	client_gets a users-x context=mmeng
	wait "$trace"
	expect_match "$(<"$WORLD/run/trace")" 'mmeng  shop/users:http .*moved in' "trace"
}

test_agent_is_confined_and_lacks_nothing()
{
	expect_equal "$(unit_status shuntd CapEff)" $THREE "capabilities"
	expect_equal "$(unit_status shuntd CapBnd)" 000000c000003000 "what it can have"
	expect_equal "$(unit_status shuntd NoNewPrivs)" 1 "no new privileges"
	expect_match "$(unit_log shuntd)" 'generation 1: ' "log"
	# To try whether requests are moved takes CAP_SYS_ADMIN, which it shall not have.
	! unit_log shuntd | grep -v 'not tried' | grep -iE 'cannot|permitted|denied' || fail "something was refused to it"
	expect_equal "$(stat -c '%a %U' "$SYSTEM/root/var/lib/shunt/keys")" '600 root' "the secret"
}

test_manager_keeps_contexts_and_agents_follow_it()
{
	local token=$SYSTEM/root/etc/shunt/token

	(umask 077 && head -c 24 /dev/urandom | base64 >"$token")
	in_system install -m 600 -o shunt-manager /dev/null /etc/shunt/tokens
	echo "admin me $(in_system shunt-manager --hash-token <"$token")" >"$SYSTEM/root/etc/shunt/tokens"
	in_system systemctl enable --now shunt-manager
	echo "SHUNTD_OPTIONS='--manager $MANAGER --token-file /etc/shunt/token'" \
		>"$SYSTEM/root/etc/default/shuntd"
	in_system systemctl restart shuntd
	expect_agent
	expect_soon 10 "the node is live" node_is_live
	as_me context set x shop/users=sha:4f2a91c --wait || fail "context set: $?"
	client_connect a service
	client_gets a users-x context=x
	expect_equal "$(unit_status shunt-manager CapEff)$(unit_status shunt-manager CapBnd)" $NONE$NONE \
		"capabilities of the manager"
	expect_equal "$(in_system stat -c %U /var/lib/shunt-manager/contexts.db)" shunt-manager "user"
	! unit_log shunt-manager | grep -iE 'cannot|permitted|denied|may be read' || fail "something was refused to it"
}

as_me() # ARGUMENTS...
{
	shunt "$@" --server "$MANAGER" --token-file /etc/shunt/token
}

node_is_live()
{
	as_me nodes --output json | jq -e '(.items? // .)[] | .live'
}

version()
{
	# shellcheck disable=SC2016
	in_system dpkg-query -W -f '${Version} ${Status}' shuntd
}

# Another process, and the same tables.
expect_replaced() # PROCESS-BEFORE
{
	expect_agent
	[ "$(unit_process shuntd)" != "$1" ] || fail "the agent was not replaced"
	expect_moving a
	expect_load_unharmed
}

test_an_upgrade_and_a_rollback_under_load_cost_no_request()
{
	local version before

	client_connect a service
	for version in 0.1.1 0.1.0; do
		load_start
		before=$(unit_process shuntd)
		package_install "shuntd_${version}_amd64.deb"
		expect_equal "$(version)" "$version install ok installed" "version"
		expect_replaced "$before"
	done
	expect_match "$(in_system cat /etc/default/shuntd)" "$MANAGER" "configuration after both"
}

# It does not run, and says why; what is in the kernel goes on.
test_an_upgrade_to_other_tables_costs_no_request_until_it_is_decided()
{
	client_connect a service
	load_start
	package_install shuntd_0.2.0_amd64.deb
	expect_soon 20 "the unit has failed" in_system systemctl is-failed shuntd
	expect_equal "$(in_system systemctl show --property=ExecMainStatus --value shuntd)" 3 "exit status"
	expect_match "$(unit_log shuntd)" 'shuntd --detach' "log"
	expect_moving a
	package_install shuntd_0.1.0_amd64.deb
	in_system systemctl restart shuntd
	expect_agent
	expect_moving a
	expect_load_unharmed
}

# What tc, the cgroup and the links of this world still have of ours.
left_in_kernel()
{
	find "$BPFFS" 2>/dev/null
	tc qdisc show | grep clsact
	bpftool -j net show | jq -c '.[] | (.tc, .xdp)[]'
	bpftool cgroup tree "$CGROUP" | grep -E 'watch|connect[46]|getpeername[46]'
}

test_stopping_leaves_everything_redirecting()
{
	in_system systemctl stop shuntd shunt-manager
	client_connect a service
	expect_moving a
	[ -n "$(left_in_kernel)" ] || fail "what is left cannot be seen"
}

test_removal_ends_redirection_and_leaves_nothing()
{
	client_connect a service
	client_gets a 'users-1|users-2'
	in_system systemctl start shuntd
	expect_agent
	in_system dpkg --remove shuntd shunt shunt-manager || fail "dpkg --remove: $?"
	expect_equal "$(left_in_kernel)" "" "what is left in the kernel"
	expect_equal "$(in_system systemctl is-active shuntd)" inactive "the agent"
	client_gets a 'users-1|users-2' context=x
	[ -s "$SYSTEM/root/etc/default/shuntd" ] || fail "configuration is removed without a purge"
	in_system dpkg --purge shuntd shunt shunt-manager || fail "dpkg --purge: $?"
	rm -r "$SYSTEM/root/etc/shunt" # what its owner wrote
	system_changes >"$WORLD/after"
	expect_equal "$(diff "$WORLD/before" "$WORLD/after")" "" "what is left on the disk"
	expect_equal "$(in_system getent passwd shunt-manager)" "" "the user"
}

cd "$ROOT" || exit
if [ -z "${WORLD:-}" ] && ! flock "$BUILD" scripts/package_deb.sh >"$BUILD/package_deb.log" 2>&1; then
	sed 's/^/#   /' "$BUILD/package_deb.log"
	echo "Bail out! the packages cannot be made, or lintian finds something"
	exit 1
fi
matrix_main 'routed 4 on'
