# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Servers in pods: the tests' own, whose answers prove who got what, and nginx.

# Ends the process whose number a file holds: one behaviour may end what another one started.
process_end() # FILE [SIGNAL]
{
	local pid

	pid=$(cat "$1")
	kill -s "${2:-TERM}" "$pid"
	expect_soon 5 "the end of ${1##*/}" process_is_gone "$pid"
}

# Starts a process in a pod; its number is kept under a name.
pod_spawn() # POD NAME COMMAND...
{
	pod_exec "$1" "${@:3}" 3>&- &
	echo $! >"$WORLD/run/$2.pid"
}

in_pod_listens() # POD PORT
{
	[ -n "$(in_pod "$1" ss -Hltn "sport = :$2")" ]
}

server_start() # POD OPTIONS...
{
	local pod=$1

	shift
	pod_spawn "$pod" "server-$pod" "$TOOLS/server" --name "$pod" --port "$HTTP_TARGET" \
		--log "$WORLD/log/$pod" "$@"
	expect_soon 5 "server in $pod listens" in_pod_listens "$pod" "$HTTP_TARGET"
}

server_stop() # POD
{
	process_end "$WORLD/run/server-$1.pid"
}

NGINX_WORKERS=1
NGINX_CONNECTIONS=1024 # of each worker at a time

nginx_config() # POD NAME PORT LISTEN-PARAMETERS...
{
	cat <<-END
		daemon off;
		user root;
		worker_processes $NGINX_WORKERS;
		pid $WORLD/run/nginx-$2-own.pid;
		error_log $WORLD/log/nginx-error-$1 warn;
		worker_rlimit_nofile $((NGINX_CONNECTIONS + 1024));
		events { worker_connections $NGINX_CONNECTIONS; }
		http {
			log_format line '\$remote_addr \$remote_port "\$request" context=\$http_x_shunt_context';
			log_format time '\$msec \$http_x_shunt_context ';
			access_log $WORLD/log/nginx-$1 line;
			default_type text/plain;
			keepalive_requests 100000000;
			keepalive_timeout 600s;
			client_body_temp_path $WORLD/run/body-$2;
			proxy_temp_path $WORLD/run/proxy-$2;
			fastcgi_temp_path $WORLD/run/fastcgi-$2;
			uwsgi_temp_path $WORLD/run/uwsgi-$2;
			scgi_temp_path $WORLD/run/scgi-$2;
			sendfile on;
			add_header x-server $1 always;
			include $WORLD/run/tls*.conf;
			server {
				listen $3 ${*:4};
				listen [::]:$3 ${*:4};
				location / { return 200 "$1\n"; }
				location /quiet { access_log off; return 200 "$1 \$http_x_shunt_context\n"; }
				location /timed {
					access_log $WORLD/log/nginx-times-$1 time;
					return 200 "$1\n";
				}
				location /files/ { root $WORLD; }
			}
		}
	END
}

# On the port that is its own, or on another one, and there with parameters of nginx's `listen`.
nginx_start() # POD [PORT PARAMETERS...]
{
	local name=$1${2:+-$2} port=${2:-$WEB_TARGET}

	nginx_config "$1" "$name" "$port" "${@:3}" >"$WORLD/run/nginx-$name.conf"
	pod_spawn "$1" "nginx-$name" nginx -c "$WORLD/run/nginx-$name.conf" \
		-e "$WORLD/log/nginx-error-$1"
	expect_soon 5 "nginx in $1 listens" in_pod_listens "$1" "$port"
}

nginx_start_each() # POD...
{
	local pod

	for pod; do
		nginx_start "$pod"
	done
}

# A certificate for nginx instances that are started from now on.
nginx_certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=users \
		-keyout "$WORLD/run/key" -out "$WORLD/run/certificate"
	printf 'ssl_certificate %s/certificate;\nssl_certificate_key %s/key;\n' \
		"$WORLD/run" "$WORLD/run" >"$WORLD/run/tls.conf"
}

# The tests' own server in every ordinary and offloaded pod of the standard world.
servers_start()
{
	local pod

	for pod in users-1 users-2 users-x users-y; do
		server_start "$pod"
	done
}

log_count() # POD WORD
{
	grep -c "^$2 " "$WORLD/log/$1"
}

# Connections that a pod's server has accepted so far.
accepts() # POD...
{
	local pod sum=0

	for pod; do
		sum=$((sum + $(log_count "$pod" accept)))
	done
	echo "$sum"
}

# Connections on a pod's service ports that are not closed.
server_connections() # POD...
{
	local pod

	for pod; do
		in_pod "$pod" ss -Htn state connected exclude time-wait "sport = :$HTTP_TARGET"
		in_pod "$pod" ss -Htn state connected exclude time-wait "sport = :$WEB_TARGET"
	done
}

no_server_connections()
{
	[ -z "$(server_connections users-1 users-2 users-x users-y)" ]
}
