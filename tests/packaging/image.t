#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The container image, run by crun as the manifests of deploy/ say: with the capabilities, the system
# calls, the user and the mounts of their containers and a root that cannot be written. Two managers
# work on an API server, the agent comes to them over TLS, and a marked request is redirected.

. "$(dirname "$0")/../net/lib.sh"
. "$NET/lib/certificates.sh"

HERE=$ROOT/tests/packaging
IMAGE=$BUILD/image/oci
NAME=shunt-manager.shunt-system.svc # as the agent's manifest has it
CONTAINER_BPFFS=/run/shunt/bpf/shunt # the same
NONE=0000000000000000
FOUR=000000c000003000  # CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_NET_RAW
THREE=000000c000001000 # what the agent keeps of these

world_ready()
{
	nginx_start_each users-1 users-2 users-x
	umoci unpack --image "$IMAGE:$(image_tag)" "$WORLD/image"
	chmod 755 "$WORLD" "$WORLD/image"
	hosts_write
	secrets_make
	api_start
}

image_tag()
{
	jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$IMAGE/index.json"
}

# What the cluster's DNS would say.
hosts_write()
{
	echo "127.0.0.1 localhost $NAME" >"$WORLD/hosts"
	mount --bind "$WORLD/hosts" /etc/hosts
}

# As kubelet mounts them: of root, for the container's group where it has one.
secrets_make()
{
	authority_make authority
	certificate_make manager authority "/CN=shunt-manager" "DNS:$NAME"
	certificate_make api authority "/CN=kubernetes" IP:127.0.0.1
	mkdir -p "$WORLD/secret"/{keys,tls,account,agent} "$WORLD/state" "$WORLD/nothing" "$WORLD/socket"
	openssl rand -hex 32 >"$WORLD/secret/keys/keys"
	cp "$WORLD/run/manager.pem" "$WORLD/secret/tls/tls.crt"
	cp "$WORLD/run/manager.key" "$WORLD/secret/tls/tls.key"
	cp "$WORLD/run/authority.pem" "$WORLD/secret/account/ca.crt"
	cp "$WORLD/run/authority.pem" "$WORLD/secret/agent/ca.crt"
	printf token-of-manager >"$WORLD/secret/account/token"
	printf shunt-system >"$WORLD/secret/account/namespace"
	printf token-of-agent >"$WORLD/secret/agent/token"
	(umask 077 && printf token-of-ada >"$WORLD/run/ada")
	chown -R 0:65532 "$WORLD/secret"/{keys,tls,account}
	chmod 440 "$WORLD/secret"/{keys,tls,account}/*
	chmod 400 "$WORLD/secret/agent"/*
}

api_start()
{
	python3 "$HERE/kube.py" "$WORLD/run/api.pem" "$WORLD/run/api.key" "$MANIFESTS" \
		"$WORLD/run/api.port" >"$WORLD/log/api" 2>&1 3>&- &
	expect_soon 10 "the API server: $(cat "$WORLD/log/api")" test -s "$WORLD/run/api.port"
}

# What stands for the node's directories, for secrets, and for what kubelet knows.
places() # POD
{
	cat <<-END
		{"fields": {"spec.nodeName": "node-a", "metadata.name": "$1"},
		 "host": {"/sys/fs/bpf": "/sys/fs/bpf", "/sys/fs/cgroup": "/sys/fs/cgroup/${CGROUP##*/}",
			  "/var/lib/shunt": "$WORLD/state"},
		 "volumes": {"manager": "$WORLD/secret/agent", "keys": "$WORLD/secret/keys",
			     "tls": "$WORLD/secret/tls", "nothing": "$WORLD/nothing",
			     "run": "$WORLD/socket"},
		 "environment": {"KUBERNETES_SERVICE_HOST": "127.0.0.1",
				 "KUBERNETES_SERVICE_PORT": "$(cat "$WORLD/run/api.port")"}}
	END
}

# It does not work beside version 1 of cgroups, and so sees version 2 alone.
crun()
{
	# shellcheck disable=SC2016
	unshare --mount -- sh -ec 'mount --bind "$0" /sys/fs/cgroup; exec crun "$@"' "${CGROUP%/*}" \
		--root "$WORLD/run/crun" --cgroup-manager=disabled "$@"
}

# Runs a container of a pod; a filter may change its configuration.
container_start() # POD MANIFEST KIND/NAME CONTAINER [JQ-FILTER]
{
	local bundle=$WORLD/bundle-$1

	rm -rf "$bundle"
	mkdir -p "$bundle" "$WORLD/run/crun"
	"$HERE/container.py" "$ROOT/deploy/$2" "$3" "$4" "$(places "$1")" |
		jq "(.root.path = \"$WORLD/image/rootfs\") | ${5:-.}" >"$bundle/config.json" ||
		fail "no configuration for $1"
	(
		echo "$BASHPID" >"$CGROUP/cgroup.procs"
		crun run --bundle "$bundle" "$1" >>"$WORLD/log/$1" 2>&1
	) 3>&- &
}

# Of the account, which a manifest need not name.
account_mount()
{
	cat <<-END
		.mounts += [{destination: "/var/run/secrets/kubernetes.io/serviceaccount", type: "bind",
			source: "$WORLD/secret/account", options: ["rbind", "ro"]}]
	END
}

container_pid() # POD
{
	crun state "$1" | jq .pid
}

container_end() # POD
{
	local pid

	pid=$(container_pid "$1")
	crun kill "$1" TERM
	expect_soon 10 "the end of $1" process_is_gone "$pid"
	crun delete --force "$1"
}

status_of() # POD FIELD
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$(container_pid "$1")/status"
}

agent_run() # POD
{
	container_start "$1" agent.yaml DaemonSet/shuntd shuntd
	wait_for 60 agent_ready || fail "$1 is not ready: $(tail -5 "$WORLD/log/$1")"
}

manager_answers() # PATH
{
	curl -fs --max-time 2 --cacert "$WORLD/run/authority.pem" "https://$NAME:9871$1"
}

# As a person with the role of an editor.
context() # ARGUMENTS...
{
	"$SHUNT" context "$@" --server "https://$NAME:9871" --token-file "$WORLD/run/ada" \
		--ca "$WORLD/run/authority.pem"
}

world_diagnose()
{
	tail -n 8 "$WORLD"/log/{api,manager,agent,detach,idle}* 2>/dev/null
}

test_the_same_source_makes_the_same_image()
{
	local digest='.manifests[0].digest'

	IMAGE=$WORLD/again flock "$BUILD" "$ROOT/scripts/package_image.sh" || fail "the image cannot be made"
	expect_equal "$(jq -r "$digest" "$WORLD/again/oci/index.json")" \
		"$(jq -r "$digest" "$IMAGE/index.json")" "digest"
}

test_the_image_has_nothing_else()
{
	local rootfs=$WORLD/image/rootfs

	expect_equal "$(find "$rootfs/usr/bin" "$rootfs/usr/sbin" -type f -printf '%f\n' | sort | paste -sd ' ')" \
		"shunt shunt-manager shuntd" "programs"
	expect_equal "$(find "$rootfs" -perm /6000)" "" "files that give rights"
	expect_equal "$(find "$rootfs" -type f ! -path '*/lib*/*' ! -path '*/usr/*' \
		! -path '*/var/lib/dpkg/*' -printf '%P\n' | sort | tr '\n' ' ')" \
		"etc/group etc/nsswitch.conf etc/passwd etc/ssl/certs/ca-certificates.crt " "other files"
	note "$(du -sm "$rootfs" | cut -f 1) MiB, packed $(du -sm "$IMAGE" | cut -f 1) MiB"
}

test_manager_runs_as_its_deployment_says()
{
	container_start manager manager.yaml Deployment/shunt-manager shunt-manager \
		"$(account_mount)"
	expect_soon 20 "the manager is ready: $(cat "$WORLD/log/manager")" manager_answers /readyz
	expect_equal "$(status_of manager CapBnd)$(status_of manager CapPrm)" $NONE$NONE "capabilities"
	expect_equal "$(status_of manager Uid | cut -f 1)" 65532 "user"
	expect_match "$(status_of manager NoNewPrivs)$(status_of manager Seccomp)" 12 "what confines it"
	context set x shop/users=sha:4f2a91c || fail "context set: $?"
}

test_agent_runs_as_its_daemonset_says_and_redirects()
{
	agent_run agent
	client_connect a service
	expect_soon 10 "a generation" grep -q 'generation .*overrides' "$WORLD/log/agent"
	context set x shop/users=sha:4f2a91c --wait || fail "context set: $?"
	client_ok a repeat 100 0 x=users-x -=users-1,users-2
	# To try whether requests are moved takes CAP_SYS_ADMIN, which it shall not have.
	! grep -v 'not tried' "$WORLD/log/agent" | grep -iE 'cannot|permitted|denied|read-only' ||
		fail "something was refused to it"
}

# The agent cuts the bounding set only where it may; it cannot get anything of that again.
test_agent_is_confined_by_the_manifest_and_by_itself()
{
	expect_equal "$(status_of agent CapEff)" $THREE "capabilities"
	expect_equal "$(status_of agent CapBnd)" $FOUR "what it can have"
	expect_equal "$(status_of agent NoNewPrivs)" 1 "no new privileges"
	expect_equal "$(status_of agent Seccomp_filters)" 3 "filters"
	grep -q ' / .*ro,' "/proc/$(container_pid agent)/mountinfo" || fail "its root can be written"
	expect_match "$(ls "$WORLD/state")" tables "what it keeps on the node"
}

# As `kubectl exec ds/shuntd -- shunt trace` does.
test_trace_in_the_container_shows_moves()
{
	local trace

	crun exec agent shunt trace --count 1 --bpffs "$CONTAINER_BPFFS" >"$WORLD/run/trace" 2>&1 &
	trace=$!
	clients+=("$trace")
	expect_soon 5 "somebody traces" tracing_is_on
	client_connect a service
	client_gets a users-x context=x
	expect_soon 5 "its end" process_is_gone "$trace"
	expect_match "$(<"$WORLD/run/trace")" 'x  shop/users:http .*moved in' "trace"
}

# A DaemonSet's rolling update: the old pod ends before the new one starts.
test_a_pod_that_replaces_another_costs_no_request()
{
	load_start
	client_connect a service
	container_end agent
	client_ok a repeat 100 0 x=users-x -=users-1,users-2
	agent_run agent-2
	client_ok a repeat 100 0 x=users-x -=users-1,users-2
	expect_load_unharmed
	container_end agent-2
}

container_is_gone() # POD
{
	! crun state "$1"
}

# With the connection that is moved at that moment.
test_removal_leaves_nothing_in_the_kernel_and_ends_moved_connections()
{
	client_connect a service
	client_gets a users-x context=x
	container_start detach remove/detach.yaml DaemonSet/shunt-detach detach
	expect_soon 20 "its end" grep -q detached "$WORLD/log/detach"
	expect_soon 10 "its end" container_is_gone detach
	expect_match "$(<"$WORLD/log/detach")" 'of moved connections 1 were ended, 0 could not be' "what it says"
	expect_equal "$(find "$BPFFS" 2>/dev/null)$(tc qdisc show | grep clsact)" "" "what is left"
	expect_equal "$(bpftool cgroup tree "$CGROUP" | grep -E 'watch|connect4')" "" "what is left"
	client_connect b service
	client_gets b 'users-1|users-2' context=x
}

# On a node that is clean: it loads nothing.
test_what_stays_after_a_removal_needs_nothing()
{
	container_start idle remove/detach.yaml DaemonSet/shunt-detach idle
	expect_soon 10 "it runs: $(cat "$WORLD/log/idle")" grep -q generation "$WORLD/log/idle"
	expect_equal "$(status_of idle CapBnd)" $NONE "capabilities"
	[ ! -e "$BPFFS" ] || fail "something is in the kernel"
	container_end idle
	container_end manager
}

cd "$ROOT" || exit
if [ -z "${WORLD:-}" ] && ! flock "$BUILD" scripts/package_image.sh >"$BUILD/package_image.log" 2>&1; then
	sed 's/^/#   /' "$BUILD/package_image.log"
	echo "Bail out! the image cannot be made"
	exit 1
fi
matrix_main 'routed 4 on'
