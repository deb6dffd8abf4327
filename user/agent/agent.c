// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include "user/agent/start.h"
#include "user/lib/address.h"
#include "user/lib/log.h"

#define SWEEP_MS 30000
#define EXPIRY_MS_MAX (24 * 60 * 60 * 1000) /* then it is looked at again */

static void on_expiry(uv_timer_t *timer);

static void set_expiry_timer(struct agent *agent)
{
	time_t now = time(NULL), at = agent->sync.next_expiry;
	uint64_t wait;

	if (!at) {
		uv_timer_stop(&agent->expiry);
		return;
	}
	wait = at > now ? (uint64_t)(at - now) * 1000 : 0;
	uv_timer_start(&agent->expiry, on_expiry, wait < EXPIRY_MS_MAX ? wait : EXPIRY_MS_MAX, 0);
}

static void on_expiry(uv_timer_t *timer)
{
	struct agent *agent = timer->data;

	sync_expire(&agent->sync);
	set_expiry_timer(agent);
}

static void reload(void *argument)
{
	struct agent *agent = argument;

	sync_reload(&agent->sync);
	set_expiry_timer(agent);
}

static void on_sweep(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	int error = kernel_sweep(&agent->kernel);

	if (error)
		log_line("cannot sweep: %s", strerror(-error));
	sync_retry(&agent->sync);
	links_retry(&agent->links);
	/* The clock may have been set since the timer was. */
	on_expiry(&agent->expiry);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct agent *agent = handle->data;

	if (number == SIGHUP)
		reload(agent);
	else
		uv_stop(&agent->loop);
}

static void on_link(void *argument, const struct rtnl_event *event)
{
	links_change(argument, event);
}

static void on_links_readable(uv_poll_t *poll, int status, int events)
{
	struct agent *agent = poll->data;
	int error;

	(void)status;
	(void)events;
	error = rtnl_receive(agent->socket, on_link, &agent->links);
	if (error == -ENOBUFS)
		error = links_read(&agent->links);
	if (error)
		log_line("cannot follow the network links: %s", strerror(-error));
	links_retry(&agent->links);
}

static void init_handles(struct agent *agent)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uv_signal_init(&agent->loop, &agent->signals[i]);
		agent->signals[i].data = agent;
		uv_signal_start(&agent->signals[i], on_signal, numbers[i]);
	}
	uv_timer_init(&agent->loop, &agent->sweep);
	uv_timer_init(&agent->loop, &agent->expiry);
	agent->sweep.data = agent->expiry.data = agent;
	uv_timer_start(&agent->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

/* Follows before it reads, so that nothing is missed between the two. */
static int start_links(struct agent *agent)
{
	int error;

	agent->links = (struct links){.choice = &agent->options->choice, .kernel = &agent->kernel};
	error = rtnl_follow(&agent->socket);
	if (error)
		goto failed;
	error = uv_poll_init(&agent->loop, &agent->changes, mnl_socket_get_fd(agent->socket));
	if (error)
		goto close_socket;
	agent->changes.data = agent;
	uv_poll_start(&agent->changes, UV_READABLE, on_links_readable);
	error = links_read(&agent->links);
	if (!error)
		return 0;
	links_clear(&agent->links);
	uv_poll_stop(&agent->changes);
close_socket:
	mnl_socket_close(agent->socket);
failed:
	log_line("cannot read the network links: %s", strerror(-error));
	return error;
}

static void stop_links(struct agent *agent)
{
	links_clear(&agent->links);
	uv_poll_stop(&agent->changes);
	mnl_socket_close(agent->socket);
}

/* What the kernel needs is there: attaches, applies the first generation and goes on from there. */
static int work(struct agent *agent)
{
	int error;

	error = sync_start(&agent->sync, &agent->kernel, agent->options->manifests);
	if (error) {
		log_line("cannot read the tables: %s", strerror(-error));
		return error;
	}
	error = start_links(agent);
	if (!error) {
		reload(agent);
		uv_run(&agent->loop, UV_RUN_DEFAULT);
		log_line("stopped; what is redirected stays so");
		stop_links(agent);
	}
	sync_stop(&agent->sync);
	return error;
}

static int serve(struct agent *agent)
{
	const struct options *options = agent->options;
	char address[ADDRESS_ENDPOINT_TEXT_SIZE];
	int error;

	/* What fails for a slip of the pen comes before the kernel is touched. */
	error = watcher_start(&agent->watcher, &agent->loop, options->manifests, reload, agent);
	if (error) {
		log_line("cannot watch %s: %s", options->manifests, strerror(-error));
		return EXIT_FAILURE;
	}
	error = http_start(&agent->http, &agent->loop, &options->listen, agent_pages, agent);
	if (error) {
		log_line("cannot listen on %s: %s",
			 address_format_endpoint(&options->listen, address), strerror(-error));
		error = EXIT_FAILURE;
		goto stop_watcher;
	}
	error = start_kernel(options, &agent->kernel);
	if (error)
		goto stop_http;
	init_handles(agent);
	error = work(agent) ? EXIT_FAILURE : EXIT_SUCCESS;
	kernel_stop(&agent->kernel);
stop_http:
	http_stop(&agent->http);
stop_watcher:
	watcher_stop(&agent->watcher);
	return error;
}

static void close_handle(uv_handle_t *handle, void *argument)
{
	(void)argument;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

int agent_run(const struct options *options)
{
	struct agent agent = {.options = options};
	int lock, status;

	if (start_lock(options, &lock))
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&agent.loop);
	status = serve(&agent);
	uv_walk(&agent.loop, close_handle, NULL);
	uv_run(&agent.loop, UV_RUN_DEFAULT);
	uv_loop_close(&agent.loop);
	close(lock);
	return status;
}
