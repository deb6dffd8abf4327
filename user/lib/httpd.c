// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include "user/lib/address.h"
#include "user/lib/httpd_state.h"

#define CONNECTIONS_DEFAULT 16384
#define IDLE_SECONDS_DEFAULT 10
#define OTHER_FILES 256 /* that a program may have open beside its connections */
#define GONE_MAX 64 /* clients that went away, looked at at a time */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static void on_timer(uv_timer_t *timer);
static void on_idle(uv_idle_t *idle);

static void run(struct httpd *httpd)
{
	MHD_UNSIGNED_LONG_LONG timeout;
	int64_t wait;

	httpd->soon = false;
	MHD_run(httpd->daemon);
	/* Only now: where we were slow ourselves, what came meanwhile has been read. */
	wait = httpd_connection_expire(httpd);
	if (MHD_get_timeout(httpd->daemon, &timeout) == MHD_YES &&
	    (wait < 0 || timeout < (uint64_t)wait))
		wait = (int64_t)timeout;
	if (httpd->soon)
		wait = 0;
	uv_timer_stop(&httpd->timer);
	uv_idle_stop(&httpd->idle);
	if (wait > 0)
		uv_timer_start(&httpd->timer, on_timer, (uint64_t)wait, 0);
	else if (wait == 0)
		uv_idle_start(&httpd->idle, on_idle);
}

static void on_timer(uv_timer_t *timer)
{
	run(timer->data);
}

/*
 * Once in each turn of the loop. A timer that is due at once would be called again and again in one
 * turn, in which no time passes and nobody else is served.
 */
static void on_idle(uv_idle_t *idle)
{
	run(idle->data);
}

/* The daemon tells its own descriptor of what is resumed only where it has threads. */
void httpd_run_soon(struct httpd *httpd)
{
	httpd->soon = true;
	uv_idle_start(&httpd->idle, on_idle);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct httpd *httpd = poll->data;
	struct epoll_event gone[GONE_MAX];
	int count = epoll_wait(httpd->epoll, gone, GONE_MAX, 0);

	(void)status;
	(void)events;
	for (int i = 0; i < count; i++) {
		const struct httpd_request *request = gone[i].data.ptr;

		if (request && request->stream)
			httpd_stream_abort(request->stream);
	}
	run(httpd);
}

/* Raises what a process may open to what is wanted; returns how many connections that allows. */
static unsigned int allow_connections(unsigned int wanted)
{
	struct rlimit limit, raised;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return wanted;
	if (limit.rlim_cur < wanted + OTHER_FILES) {
		raised.rlim_cur = wanted + OTHER_FILES;
		raised.rlim_max = limit.rlim_max;
		if (limit.rlim_max < raised.rlim_cur)
			raised.rlim_max = raised.rlim_cur;
		if (setrlimit(RLIMIT_NOFILE, &raised)) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit(RLIMIT_NOFILE, &limit);
		}
		if (getrlimit(RLIMIT_NOFILE, &limit))
			return wanted;
	}
	if (limit.rlim_cur >= wanted + OTHER_FILES)
		return wanted;
	return limit.rlim_cur > 2 * OTHER_FILES ? (unsigned int)limit.rlim_cur - OTHER_FILES
						: OTHER_FILES;
}

/* The target is handed over as it was sent. */
static size_t leave_escaped(void *argument, struct MHD_Connection *mhd, char *text)
{
	(void)argument;
	(void)mhd;
	return strlen(text);
}

static int start_daemon(struct httpd *httpd, const struct httpd_tls *tls)
{
	const struct shunt_endpoint *listen = &httpd->options.listen;
	unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(listen->port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(listen->port)};
	const struct sockaddr *local = (struct sockaddr *)&v4;
	struct MHD_OptionItem secure[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificate},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
		{tls->client_ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, tls->client_ca},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem given[] = {
		{MHD_OPTION_LISTEN_SOCKET, httpd->options.socket, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem plain = {MHD_OPTION_END, 0, NULL};

	if (address_is_ipv4(&listen->address)) {
		memcpy(&v4.sin_addr, listen->address.bytes + 12, sizeof(v4.sin_addr));
	} else {
		memcpy(&v6.sin6_addr, listen->address.bytes, sizeof(v6.sin6_addr));
		local = (struct sockaddr *)&v6;
		flags |= MHD_USE_IPv6;
	}
	if (tls->certificate)
		flags |= MHD_USE_TLS;
	errno = 0;
	httpd->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, httpd_request_handle, httpd, MHD_OPTION_SOCK_ADDR, local,
		MHD_OPTION_CONNECTION_LIMIT, httpd->options.connection_max,
		MHD_OPTION_CONNECTION_TIMEOUT, httpd->options.idle_seconds,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTPD_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
		httpd_connection_notify, httpd, MHD_OPTION_NOTIFY_COMPLETED,
		httpd_request_completed, httpd, MHD_OPTION_URI_LOG_CALLBACK, httpd_request_new,
		httpd, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_ARRAY,
		tls->certificate ? secure : &plain, MHD_OPTION_ARRAY,
		httpd->options.socket ? given : &plain, MHD_OPTION_END);
	if (!httpd->daemon)
		return errno ? -errno : -EIO;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct httpd *httpd = handle->data;

	if (--httpd->handles)
		return;
	free(httpd);
}

/* Its end comes with the loop's next turn. */
static void close_handles(struct httpd *httpd)
{
	uv_close((uv_handle_t *)&httpd->poll, on_closed);
	uv_close((uv_handle_t *)&httpd->timer, on_closed);
	uv_close((uv_handle_t *)&httpd->idle, on_closed);
}

/* What the daemon and the clients of streams have to tell comes by one descriptor. */
static int follow(struct httpd *httpd)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event event = {.events = EPOLLIN};
	int error;

	if (!info)
		return -EIO;
	httpd->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (httpd->epoll < 0)
		return -errno;
	if (epoll_ctl(httpd->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event))
		error = -errno;
	else
		error = uv_poll_init(httpd->loop, &httpd->poll, httpd->epoll);
	if (error) {
		close(httpd->epoll);
		return error;
	}
	uv_timer_init(httpd->loop, &httpd->timer);
	uv_idle_init(httpd->loop, &httpd->idle);
	httpd->poll.data = httpd->timer.data = httpd->idle.data = httpd;
	httpd->handles = 3;
	uv_poll_start(&httpd->poll, UV_READABLE, on_readable);
	return 0;
}

static struct httpd *httpd_new(uv_loop_t *loop, const struct httpd_options *options)
{
	struct httpd *httpd = calloc(1, sizeof(*httpd));

	if (!httpd)
		return NULL;
	httpd->options = *options;
	httpd->loop = loop;
	TAILQ_INIT(&httpd->awaited);
	TAILQ_INIT(&httpd->suspended);
	if (!httpd->options.idle_seconds)
		httpd->options.idle_seconds = IDLE_SECONDS_DEFAULT;
	if (!httpd->options.connection_max)
		httpd->options.connection_max = CONNECTIONS_DEFAULT;
	httpd->options.connection_max = allow_connections(httpd->options.connection_max);
	return httpd;
}

int httpd_start(uv_loop_t *loop, const struct httpd_options *options, struct httpd **started)
{
	struct httpd_tls tls;
	struct httpd *httpd;
	int error;

	httpd = httpd_new(loop, options);
	if (!httpd)
		return -ENOMEM;
	error = httpd_tls_load(options, &tls);
	if (!error)
		error = start_daemon(httpd, &tls);
	httpd_tls_clear(&tls);
	if (error)
		goto free_httpd;
	error = follow(httpd);
	if (error)
		goto stop_daemon;
	*started = httpd;
	return 0;
stop_daemon:
	MHD_stop_daemon(httpd->daemon);
free_httpd:
	free(httpd);
	return error;
}

void httpd_stop(struct httpd *httpd)
{
	struct httpd_request *request, *next;

	if (!httpd)
		return;
	/* The daemon wants none suspended when it ends. */
	for (request = TAILQ_FIRST(&httpd->suspended); request; request = next) {
		next = TAILQ_NEXT(request, link);
		httpd_request_resume(request);
	}
	uv_poll_stop(&httpd->poll);
	uv_timer_stop(&httpd->timer);
	uv_idle_stop(&httpd->idle);
	MHD_stop_daemon(httpd->daemon);
	close(httpd->epoll);
	close_handles(httpd);
}

__u16 httpd_port(const struct httpd *httpd)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}
