# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a cluster adds to pods: the Service shop/users, translated as kube-proxy does it, the
# objects as manifests, and the rule that drops what conntrack calls invalid.

SERVICE4=10.77.96.10
SERVICE6=fd77:96::10
HTTP_PORT=80 # of the Service; the pods' own is a number
HTTP_TARGET=8080
WEB_PORT=81 # nginx; the pods' own is a name
WEB_TARGET=8081
ORDINARY=(users-1 users-2)
CHOICE=("${ORDINARY[@]}") # pods that ClusterIP connections are translated to in turn
SELECTED=()               # offloaded pods that the Service's selector matches by mistake
AFFINITY=None             # the Service's sessionAffinity

service_address()
{
	local address=SERVICE$FAMILY

	echo "${!address}"
}

nat_rule() # FAMILY-WORD ADDRESS PORT TARGET-PORT POD-ADDRESS...
{
	local address map='' number=0

	for address in "${@:5}"; do
		map+="$((number++)) : $address, "
	done
	echo "$1 daddr $2 tcp dport $3 dnat $1 to numgen inc mod $number map { ${map%, } } : $4"
}

nat_rules()
{
	local pod port target addresses4=() addresses6=()

	for pod in "${CHOICE[@]}"; do
		addresses4+=("$(pod_address4 "$pod")")
		addresses6+=("$(pod_address6 "$pod")")
	done
	for port in $HTTP_PORT:$HTTP_TARGET $WEB_PORT:$WEB_TARGET; do
		target=${port#*:} port=${port%:*}
		nat_rule ip $SERVICE4 "$port" "$target" "${addresses4[@]}"
		nat_rule ip6 $SERVICE6 "$port" "$target" "${addresses6[@]}"
	done
}

netfilter_create()
{
	in_node nft -f - <<-END
		table inet cluster {
			counter invalid { }
			chain prerouting {
				type nat hook prerouting priority dstnat
				$(nat_rules)
			}
			chain output {
				type nat hook output priority -100
				$(nat_rules)
			}
			chain forward {
				type filter hook forward priority filter
				ct state invalid counter name invalid drop
			}
		}
	END
}

# Of all nodes.
invalid_packets()
{
	local node sum=0

	for node in "${NODES[@]}"; do
		sum=$((sum + $(on_node nft list counter inet cluster invalid |
			sed -n 's/.*packets \([0-9]*\) .*/\1/p')))
	done
	echo "$sum"
}

# Writes a manifest in one step, as an editor that saves properly does.
manifest_write() # FILE, content from standard input
{
	cat >"$WORLD/$1.new" && mv "$WORLD/$1.new" "$MANIFESTS/$1"
}

pod_manifest() # POD READY
{
	local labels='app: users'

	[ -z "${POD_SHA[$1]}" ] || labels="shunt.dev/offloaded: \"true\", shunt.dev/service: users,"
	[ -z "${POD_SHA[$1]}" ] || labels+=" shunt.dev/sha: \"${POD_SHA[$1]}\""
	[[ " ${SELECTED[*]} " != *" $1 "* ]] || labels+=', app: users'
	cat <<-END
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: $1, namespace: shop, labels: {$labels}}
		spec:
		  containers:
		  - name: users
		    ports: [{name: http, containerPort: $HTTP_TARGET}, {name: web, containerPort: $WEB_TARGET}]
		status:
		  phase: Running
		  podIP: $(pod_address4 "$1")
		  podIPs: [{ip: $(pod_address4 "$1")}, {ip: "$(pod_address6 "$1")"}]
		  conditions: [{type: Ready, status: "$2"}]
	END
}

# A pod that only dials.
client_manifest() # POD NAMESPACE LABELS
{
	cat <<-END
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: $1, namespace: $2, labels: {$3}}
		spec: {containers: [{name: main}]}
		status:
		  phase: Running
		  podIP: $(pod_address4 "$1")
		  podIPs: [{ip: $(pod_address4 "$1")}, {ip: "$(pod_address6 "$1")"}]
		  conditions: [{type: Ready, status: "True"}]
	END
}

# The Service and every pod but clients. Pods named as arguments are not Ready.
cluster_write()
{
	local pod ready

	{
		cat <<-END
			apiVersion: v1
			kind: Service
			metadata: {name: users, namespace: shop}
			spec:
			  clusterIP: $SERVICE4
			  clusterIPs: [$SERVICE4, "$SERVICE6"]
			  selector: {app: users}
			  sessionAffinity: $AFFINITY
			  ports:
			  - {name: http, protocol: TCP, port: $HTTP_PORT, targetPort: $HTTP_TARGET}
			  - {name: web, protocol: TCP, port: $WEB_PORT, targetPort: web}
		END
		for pod in "${!POD_NUMBER[@]}"; do
			[[ $pod == client* ]] && continue
			ready=True
			[[ " $* " == *" $pod "* ]] && ready=False
			pod_manifest "$pod" "$ready"
		done
	} | manifest_write cluster.yaml
}

# A Context whose one override of shop/users is given as YAML fields: `pod: users-x`.
context_write() # NAME FIELDS
{
	manifest_write "context-$1.yaml" <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Context
		metadata: {name: "$1"}
		spec:
		  overrides:
		  - {service: shop/users, $2}
	END
}

# One node, with the ordinary and offloaded pods that most behaviours use. lib/nodes.sh has another.
world_nodes()
{
	node_create
	pod_add client
	pod_add users-1
	pod_add users-2
	pod_add users-x 4f2a91c
	pod_add users-y 9e01d77
	if declare -F world_pods >/dev/null; then
		world_pods
	fi
	netfilter_create
}

# world_pods adds a test's own pods, and world_ready goes on from there.
world_create()
{
	MANIFESTS=$WORLD/manifests
	mkdir "$MANIFESTS" "$WORLD/log" "$WORLD/run"
	mount_own
	world_nodes
	[ "$TCP" = - ] || tcp_apply
	cluster_write
	servers_start
	if declare -F world_ready >/dev/null; then
		world_ready
	fi
}
