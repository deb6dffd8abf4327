# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The steps of the demonstration, one function each. scripts/demo.sh has what they use.

ORDINARY='gateway → ordinary users-1 → ordinary pay-1'
ALICE='gateway → offloaded users-x1 → ordinary pay-1'
BOB='gateway → ordinary users-1 → offloaded pay-x1'
BOTH='gateway → offloaded users-x1 → offloaded pay-x1'

step_cluster()
{
	step "A staging cluster"
	say "Six pods in network namespaces: a client, an nginx gateway that keeps its connections to \
users, an ordinary users and an ordinary pay, and beside them two pods with unmerged changes: \
users-x1 and pay-x1. No Service selects these, so a plain request never meets them."
	cluster_create
	ask "$ORDINARY"
}

step_agent()
{
	step "The agent"
	say "shuntd reads the cluster's objects from a directory, attaches its programs to the pods' \
links and fills the kernel's tables. No application is changed or restarted; the gateway's \
connection to users, open since step 1, is the one that will be moved."
	cp demo/manifests/{cluster,users-x1,pay-x1}.yaml "$RUN/manifests"
	command_shown "shuntd --manifests $RUN/manifests"
	"$BUILD/bin/shuntd" --manifests "$RUN/manifests" --keys "$RUN/keys" --bpffs "$BPFFS" \
		--cgroup "$CGROUP" &>"$RUN/shuntd.log" </dev/null &
	echo $! >"$RUN/shuntd.pid"
	wait_for 10 curl -fs http://127.0.0.1:9870/readyz ||
		wrong "the agent is not ready: $(cat "$RUN/shuntd.log")"
	"$BUILD/bin/shunt" --bpffs "$BPFFS" trace &>"$RUN/trace.log" </dev/null &
	echo $! >"$RUN/trace.pid"
	right "the agent is ready"
	ask "$ORDINARY"
}

step_context_alice()
{
	step "Context alice: her commit of users"
	say "A context is a manifest: alice's requests go to the pods of commit 4f2a91c instead of \
users. A request belongs to a context when it carries its marker, here a header."
	applied cp demo/manifests/context-alice.yaml "$RUN/manifests"
	file_shown "$RUN/manifests/context-alice.yaml"
	ask "$ALICE" alice
	say "Without the marker nothing has changed:"
	ask "$ORDINARY"
}

step_context_bob()
{
	step "Context bob: two hops deep"
	say "bob overrides pay. His request passes the gateway and the ordinary users, which hand the \
header on, and is moved where users calls pay."
	applied cp demo/manifests/context-bob.yaml "$RUN/manifests"
	file_shown "$RUN/manifests/context-bob.yaml"
	ask "$BOB" bob
}

# The gateway's ports, as a pod's access log shows them.
ports_seen_by() # POD
{
	sed -n 's/^10\.77\.1\.11:\([0-9]*\) .*/\1/p' "$RUN/$1/access.log" | sort -u | tr '\n' ' '
}

step_alternation()
{
	local marked got wanted

	step "Alternation on one connection"
	say "Six requests on one connection of the client: none, alice, bob, alice, none, bob. The \
gateway sends all of them over the one connection that it has to users; each is moved at its own \
start."
	marked="curl $GATEWAY --next -H \"\$(shunt header alice)\" $GATEWAY --next ..."
	command_shown "$marked"
	got=$(from_client "$GATEWAY" \
		--next -sS -H "$(shunt header alice)" "$GATEWAY" --next -sS -H "$(shunt header bob)" "$GATEWAY" \
		--next -sS -H "$(shunt header alice)" "$GATEWAY" --next -sS "$GATEWAY" \
		--next -sS -H "$(shunt header bob)" "$GATEWAY")
	wanted=$(printf '%s\n' "$ORDINARY" "$ALICE" "$BOB" "$ALICE" "$ORDINARY" "$BOB")
	output_shown "$got"
	expect "$got" "$wanted" "each of the six requests met whom it should"
	say "Both users pods saw the gateway's own address and one and the same port: it is one \
connection, and the gateway does not know that it has two ends."
	output_shown "$(tail -qn 1 "$RUN/users-1/access.log" "$RUN/users-x1/access.log")"
	expect "$(ports_seen_by users-x1)" "$(ports_seen_by users-1)" "one connection, two pods"
}

step_edit()
{
	step "An edited manifest takes effect"
	say "alice adds pay to her context and saves the file. There is no reload command."
	applied manifest_put context-alice.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Context
		metadata: {name: alice}
		spec:
		  overrides:
		  - {service: shop/users, sha: 4f2a91c}
		  - {service: shop/pay, pod: pay-x1}
	END
	file_shown "$RUN/manifests/context-alice.yaml"
	ask "$BOTH" alice
}

step_tables()
{
	local dump

	step "The kernel's tables can be read"
	say "Everything that decides is in BPF maps with types, for any tool to read. One of the three \
overrides:"
	command_shown "bpftool map dump pinned $BPFFS/overrides"
	dump=$(bpftool map dump pinned "$BPFFS/overrides")
	output_shown "$(sed -n 1,24p <<<"$dump")"
	expect_match "$(tr -d ' \t\n' <<<"$dump")" '"context":"alice".*255,255,10,77,1,1[35]' \
		"the context's name and its endpoint's address are there"
	command_shown "shunt flows"
	dump=$(shunt flows)
	output_shown "$dump"
	expect_match "$dump" 'shop/users:http.*10\.77\.1\.11' "the gateway's moved connection is listed"
}

step_trace()
{
	step "Every move can be watched"
	say "shunt trace has run since step 2. Its last lines:"
	command_shown "shunt trace"
	process_end trace
	output_shown "$(tail -n 6 "$RUN/trace.log")"
	expect_match "$(cat "$RUN/trace.log")" 'alice +shop/users:http .*moved in ' "alice's move is there"
}

step_pod_gone()
{
	local got

	step "The offloaded pod goes away"
	say "users-x1 stops. alice's next request is not left hanging and not sent elsewhere behind her \
back: the kernel answers it, with the reason."
	process_end users-x1
	command_shown "curl -i -H \"\$(shunt header alice)\" $GATEWAY"
	got=$(from_client -i -H "$(shunt header alice)" "$GATEWAY" | tr -d '\r')
	output_shown "$(grep -iE '^(HTTP|x-shunt)' <<<"$got")"
	expect_match "$got" '^HTTP/1.1 503 .*[Xx]-[Ss]hunt: .*alice' "a clear error"
	say "When the cluster says that the pod is gone, its context is unresolved, as /metrics and the log \
tell, and its requests are ordinary ones. bob, who never used it, noticed nothing."
	applied rm "$RUN/manifests/users-x1.yaml"
	ask 'gateway → ordinary users-1 → offloaded pay-x1' alice
	ask "$BOB" bob
	ask "$ORDINARY"
}

step_nothing_lost()
{
	step "Nobody else noticed"
	say "All the while a firewall rule dropped every packet that conntrack did not understand. It \
dropped:"
	expect "$(nft -j list counter ip services invalid | jq '.nftables[1].counter.packets')" 0 \
		"no packet was invalid to conntrack"
}
