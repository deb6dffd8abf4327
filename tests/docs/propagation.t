#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What docs/propagation.md shows works: each program passes the marker on, and nothing else's.

cd "$(dirname "$0")/../.." || exit
. tests/net/lib/tap.sh
. scripts/lib/wait.sh

PAGE=docs/propagation.md
WORK=$(mktemp -d)

# The first block of code in a language.
snippet() # LANGUAGE
{
	awk -v start="\`\`\`$1" '$0 == start { inside = 1; next } /^```/ && inside { exit } inside' "$PAGE"
}

# Servers print the port that they listen to.
server_start() # NAME COMMAND...
{
	local name=$1

	shift
	: >"$WORK/$name"
	"$@" >>"$WORK/$name" 2>"$WORK/$name.log" &
	echo $! >>"$WORK/pids"
	wait_for 20 test -s "$WORK/$name" || fail "$name does not start: $(cat "$WORK/$name.log")"
}

url() # NAME
{
	echo "http://127.0.0.1:$(cat "$WORK/$1")/"
}

before()
{
	: >"$WORK/pids"
	server_start echo python3 tests/docs/echo.py
}

after()
{
	xargs -r kill <"$WORK/pids"
	wait
}

# Concurrent requests, so that one's marker would be seen in another's.
expect_passed_on() # NAME
{
	local marker

	for marker in '' a b '' c; do
		curl -sS -m 10 ${marker:+-H "x-shunt-context: $marker"} "$(url "$1")" >"$WORK/got.$marker" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for marker in '' a b c; do
		expect_equal "$(cat "$WORK/got.$marker")" "marker: $marker" "$1 with '$marker'"
	done
}

test_python_passes_it_on()
{
	snippet python >"$WORK/marker.py"
	cat >"$WORK/app.py" <<-END
		import socketserver, sys
		from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
		from marker import Incoming, Outgoing

		class Server(socketserver.ThreadingMixIn, WSGIServer):
		    pass

		def app(environ, start_response):
		    start_response("200 OK", [])
		    return [Outgoing().get("$(url echo)").content]

		server = make_server("127.0.0.1", 0, Incoming(app), Server, WSGIRequestHandler)
		print(server.server_port, flush=True)
		server.serve_forever()
	END
	server_start python env PYTHONPATH="$WORK" PYTHONDONTWRITEBYTECODE=1 python3 "$WORK/app.py"
	expect_passed_on python
}

test_node_passes_it_on()
{
	snippet js >"$WORK/marker.mjs"
	cat >"$WORK/app.mjs" <<-END
		import http from 'node:http';
		import { incoming, outgoing } from './marker.mjs';

		const server = http.createServer((request, response) => incoming(request, response, async () => {
		  response.end(await (await outgoing('$(url echo)')).text());
		}));
		server.listen(0, '127.0.0.1', () => console.log(server.address().port));
	END
	server_start node node "$WORK/app.mjs"
	expect_passed_on node
}

test_nginx_passes_it_on()
{
	local port

	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$WORK/nginx.conf" <<-END
		daemon off;
		pid $WORK/nginx.pid;
		error_log stderr;
		events { }
		http {
			access_log off;
			client_body_temp_path $WORK/body;
			proxy_temp_path $WORK/proxy;
			fastcgi_temp_path $WORK/fastcgi;
			uwsgi_temp_path $WORK/uwsgi;
			scgi_temp_path $WORK/scgi;
			server {
				listen 127.0.0.1:$port;
				$(snippet nginx | sed "s/BACKEND/$(cat "$WORK/echo")/")
			}
		}
	END
	echo "$port" >"$WORK/nginx"
	nginx -c "$WORK/nginx.conf" 2>"$WORK/nginx.log" &
	echo $! >>"$WORK/pids"
	expect_soon 10 "nginx answers: $(cat "$WORK/nginx.log")" curl -s -o /dev/null "$(url nginx)"
	expect_passed_on nginx
}

trap 'rm -rf "$WORK"' EXIT
run_behaviours "$WORK/output"
