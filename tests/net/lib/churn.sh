# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Tables that change without rest (tests/net/churn/source.py), by the stream that a manager sends, and
# a client that looks for generations that are applied by half (client.py), for tests that source this
# after lib.sh. nginx has to run in users-1, users-2 and users-x; users-y is the pair's.

CHURN_RATE=${CHURN_RATE:-10000} # rows a second
CHURN_CHANGES=${CHURN_CHANGES:-20} # rows of a generation
CHURN_LARGE='[300, 8000]' # each 300th has more, so that the two halves of a pair are far from each other
CHURN_PORT=9875
CHURN_OTHERS=10000
PAIR_PORTS=1500 # generations until a port comes again
PAIR_FIRST=(10000 20000)
PLAN= PROGRESS= # files

plan_write()
{
	jq -n --arg service "$(service_address)" --arg a "$(pod_address users-1)" \
		--arg b "$(pod_address users-2)" --arg x "$(pod_address users-x)" \
		--arg y "$(pod_address users-y)" --argjson web "$WEB_PORT" --argjson target "$WEB_TARGET" \
		--argjson others "$CHURN_OTHERS" --argjson ports "$PAIR_PORTS" \
		--argjson first_a "${PAIR_FIRST[0]}" --argjson first_b "${PAIR_FIRST[1]}" \
		--argjson changes "$CHURN_CHANGES" --argjson rate "$CHURN_RATE" --argjson large "$CHURN_LARGE" '{
			services: {"shop/users:web": [$service, $web], "shop/a:web": [$a, $target],
				"shop/b:web": [$b, $target]},
			stable: {x: ["shop/users:web", $x, $target]},
			pair: [["first", "shop/a:web", $y, $first_a], ["second", "shop/b:web", $y, $first_b]],
			others: $others, ports: $ports, changes: $changes, large: $large,
			rate: $rate, limit: 200}' >"$PLAN"
}

# nginx in users-y, on all ports of the pair. An answer is the port.
pair_nginx_start()
{
	local first port any=

	[ "$FAMILY" = 4 ] || any=[::]:
	{
		cat <<-END
			daemon off;
			user root;
			worker_processes 1;
			worker_rlimit_nofile 16384;
			pid $WORLD/run/nginx-pair-own.pid;
			error_log $WORLD/log/nginx-error-pair warn;
			events { worker_connections 8192; }
			http {
				access_log off;
				default_type text/plain;
				keepalive_requests 100000000;
				keepalive_timeout 600s;
				server {
		END
		for first in "${PAIR_FIRST[@]}"; do
			for ((port = first; port < first + PAIR_PORTS; port++)); do
				echo "listen $any$port;"
			done
		done
		echo 'location / { return 200 "$server_port\n"; } } }'
	} >"$WORLD/run/nginx-pair.conf"
	pod_spawn users-y nginx-pair nginx -c "$WORLD/run/nginx-pair.conf" -e "$WORLD/log/nginx-error-pair"
	expect_soon 10 "nginx of the pair listens" in_pod_listens users-y $((PAIR_FIRST[1] + PAIR_PORTS - 1))
}

source_start()
{
	python3 -B "$NET/churn/source.py" "$CHURN_PORT" "$PROGRESS" "$PLAN" >"$WORLD/log/source" 2>&1 3>&- &
	echo $! >"$WORLD/run/source.pid"
	expect_soon 10 "the source listens" source_listens
}

source_listens()
{
	[ -n "$(ss -Hltn "sport = :$CHURN_PORT")" ]
}

# An agent that takes its tables from the source.
churned_launch() # [PROGRAM]
{
	agent_launch "${1:-$SHUNTD}" --manager "http://127.0.0.1:$CHURN_PORT" --node here \
		--cache "$WORLD/run/cache"
}

# The generation that the agent has reported, the one that was sent last, and rows sent.
progress() # INDEX
{
	od -v -A n -t u8 -w8 "$PROGRESS" | sed -n "$(($1 + 1))p" | tr -d ' '
}

progress_is_after() # INDEX NUMBER
{
	[ "$(progress "$1")" -gt "$2" ]
}

# Everything that churn takes; tables change from here on.
churn_start()
{
	PLAN=$WORLD/run/plan.json PROGRESS=$WORLD/run/progress
	plan_write
	pair_nginx_start
	source_start
	churned_launch
	agent_await
	expect_churn
}

source_kill()
{
	process_end "$WORLD/run/source.pid" KILL
}

# Generations come to the kernel, after the one that was sent last.
expect_churn()
{
	expect_soon 10 "generations are applied" progress_is_after 0 $(($(progress 1) + 100))
}

# The checking client in the client pod, for SECONDS or until checker_stop.
checker_start() # [SECONDS]
{
	pod_exec client python3 -B "$NET/churn/client.py" "$PROGRESS" "$PLAN" "${1:-600}" \
		>"$WORLD/run/checker.json" 2>"$WORLD/run/checker.err" 3>&- &
	CHECKER=$!
	clients+=("$CHECKER")
}
CHECKER=

checker_stop()
{
	kill -TERM "$CHECKER"
}

# The client's end: everything was as it should be, and enough was seen to say so.
expect_checker_content()
{
	wait "$CHECKER" || fail "the client: $(cat "$WORLD/run/checker.err")"
	note "pair: $(cat "$WORLD/run/checker.json")"
	expect_equal "$(jq .wrong "$WORLD/run/checker.json")" 0 "wrong answers: $(cat "$WORLD/run/checker.json")"
	expect_between "$(jq .marked "$WORLD/run/checker.json")" 100 1000000000 "marked requests"
	expect_between "$(jq .generations "$WORLD/run/checker.json")" 20 1000000000 "generations seen"
}
