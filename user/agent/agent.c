// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include "user/agent/confine.h"
#include "user/agent/agent_source.h"
#include "user/agent/pods.h"
#include "user/agent/start.h"
#include "user/lib/address.h"
#include "user/lib/log.h"

#define SWEEP_MS 30000

static void on_sweep(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	int error = 0;

	if (!agent->options->dry_run) {
		error = kernel_sweep(&agent->kernel);
		attach_retry(&agent->attach);
		uplinks_retry(&agent->uplinks);
		agent->links_changed = true;
		inspect_renew(&agent->inspect);
		tryout_follow(&agent->tryout, attach_restored(&agent->attach));
		tryout_retry(&agent->tryout);
		moved_report(&agent->moved, &agent->kernel.maps, uv_now(&agent->loop));
	}
	if (error)
		log_line("cannot sweep: %s", strerror(-error));
	sync_retry(&agent->sync);
	if (agent->options->manifests)
		source_manifests_expire(&agent->manifests);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct agent *agent = handle->data;

	if (number == SIGHUP)
		agent_source_reload(agent);
	else
		uv_stop(&agent->loop);
}

static void on_link(void *argument, const struct rtnl_event *event)
{
	struct agent *agent = argument;

	bool ours = event->netns_id < 0;

	if (event->change == RTNL_READDRESSED) {
		agent->readdressed |= ours;
		return;
	}
	attach_change(&agent->attach, event);
	if (ours)
		uplinks_change(&agent->uplinks, event);
}

static int read_links(struct agent *agent)
{
	int error = attach_read(&agent->attach);

	return error ? error : uplinks_read(&agent->uplinks);
}

static void on_links_readable(uv_poll_t *poll, int status, int events)
{
	struct agent *agent = poll->data;
	int error;

	(void)status;
	(void)events;
	error = rtnl_receive(agent->socket, on_link, agent);
	if (error == -ENOBUFS) {
		agent->readdressed = true;
		error = read_links(agent);
	}
	if (error)
		log_line("cannot follow the network links: %s", strerror(-error));
	attach_retry(&agent->attach);
	tryout_follow(&agent->tryout, attach_restored(&agent->attach));
	agent->links_changed = true;
	if (agent->readdressed)
		sync_readdress(&agent->sync);
	agent->readdressed = false;
}

/* Once for all that has happened since the loop waited last. */
static void on_following(uv_prepare_t *prepare)
{
	struct agent *agent = prepare->data;
	int error;

	if (agent->options->propagation)
		callers_follow(&agent->callers, agent->sync.generation, agent->links_changed);
	if (!agent->links_changed && !agent->sync.offloaded_changed)
		return;
	agent->links_changed = agent->sync.offloaded_changed = false;
	error = pods_update(&agent->attach);
	if (error && error != agent->pods_error)
		log_line("cannot tell which links are offloaded pods': %s", strerror(-error));
	agent->pods_error = error;
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
	agent->sweep.data = agent;
	uv_timer_start(&agent->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

static void on_namespaces(void *argument)
{
	struct agent *agent = argument;

	agent->links_changed = true;
}

static void init_links(struct agent *agent)
{
	const struct options *options = agent->options;

	attach_init(&agent->attach, options->at_pod, &options->choice, &agent->kernel);
	agent->uplinks = (struct uplinks){
		.uplinks = &options->uplinks,
		.links = &options->choice,
		.directory = options->bpffs,
		.programs = {agent->kernel.programs[PINS_FENCE_XDP],
			     agent->kernel.programs[PINS_FENCE_GENERIC]},
	};
}

/* Follows before it reads, so that nothing is missed between the two. */
static int start_links(struct agent *agent)
{
	int error;

	init_links(agent);
	callers_init(&agent->callers, &agent->loop, &agent->attach, &agent->kernel.maps);
	error = callers_enable(&agent->kernel, agent->options->propagation);
	if (!error)
		error = rtnl_follow(agent->options->at_pod, &agent->socket);
	if (error)
		goto failed;
	error = uv_poll_init(&agent->loop, &agent->changes, mnl_socket_get_fd(agent->socket));
	if (error)
		goto close_socket;
	agent->changes.data = agent;
	uv_poll_start(&agent->changes, UV_READABLE, on_links_readable);
	error = read_links(agent);
	if (!error) {
		attach_start(&agent->attach, &agent->loop, on_namespaces, agent);
		agent->links_changed = true;
		uv_prepare_init(&agent->loop, &agent->following);
		agent->following.data = agent;
		uv_prepare_start(&agent->following, on_following);
		return 0;
	}
	attach_clear(&agent->attach);
	uplinks_clear(&agent->uplinks);
	uv_poll_stop(&agent->changes);
close_socket:
	mnl_socket_close(agent->socket);
failed:
	log_line("cannot read the network links: %s", strerror(-error));
	return error;
}

static void stop_links(struct agent *agent)
{
	attach_clear(&agent->attach);
	uplinks_clear(&agent->uplinks);
	uv_prepare_stop(&agent->following);
	uv_poll_stop(&agent->changes);
	mnl_socket_close(agent->socket);
}

/* All that takes more rights is done, and no thread was started yet. */
static int give_up_rights(const struct options *options)
{
	struct problems problems = {0};
	enum confine_need need = options->dry_run  ? CONFINE_DRY_RUN
				 : options->at_pod ? CONFINE_AT_POD
						   : CONFINE_AT_HOST;
	int error = confine(need, &problems);

	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	problems_clear(&problems);
	return error;
}

static void start_selftest(struct agent *agent)
{
	int error =
		selftest_start(&agent->selftest, &agent->loop, &agent->sync, &agent->kernel.maps);

	if (error)
		log_line("cannot test the way to offloaded pods: %s", strerror(-error));
	/* From here on they are counted. */
	moved_report(&agent->moved, &agent->kernel.maps, uv_now(&agent->loop));
}

/* What the kernel needs is there: attaches, applies the first generation and goes on from there. */
static int work(struct agent *agent)
{
	bool dry = agent->options->dry_run;
	struct backend backend =
		dry ? backend_for_memory(&agent->memory) : backend_for_kernel(&agent->kernel);
	int error;

	error = sync_start(&agent->sync, &backend);
	if (error) {
		log_line("cannot read the tables: %s", strerror(-error));
		return error;
	}
	if (!dry)
		error = start_links(agent);
	if (error)
		return error;
	if (!dry) {
		start_selftest(agent);
		inspect_start(&agent->inspect, agent);
		tryout_start(&agent->tryout, &agent->loop);
	}
	error = give_up_rights(agent->options);
	if (!error) {
		agent_source_begin(agent);
		uv_run(&agent->loop, UV_RUN_DEFAULT);
		log_line("stopped%s", dry ? "" : "; what is redirected stays so");
	}
	if (!dry)
		stop_links(agent);
	return error;
}

static int start_http(struct agent *agent)
{
	const struct options *options = agent->options;
	char address[ADDRESS_ENDPOINT_TEXT_SIZE];
	int error = 0;

	if (options->listens)
		error = http_start(&agent->http, &agent->loop, &options->listen, agent_pages,
				   agent);
	if (error)
		log_line("cannot listen on %s: %s",
			 address_format_endpoint(&options->listen, address), strerror(-error));
	return error;
}

static int serve(struct agent *agent)
{
	const struct options *options = agent->options;
	int status = EXIT_FAILURE;

	/* What fails for a slip of the pen comes before the kernel is touched. */
	if (agent_source_start(agent))
		return EXIT_FAILURE;
	if (start_http(agent))
		goto stop_source;
	status = options->dry_run ? EXIT_SUCCESS : start_kernel(options, &agent->kernel);
	if (status)
		goto stop_http;
	if (!options->dry_run) {
		selftest_open(&agent->selftest);
		tryout_open(&agent->tryout, options->bpffs, &agent->kernel);
	}
	init_handles(agent);
	status = work(agent) ? EXIT_FAILURE : EXIT_SUCCESS;
stop_http:
	if (options->listens)
		http_stop(&agent->http);
stop_source:
	inspect_stop(&agent->inspect);
	agent_source_stop(agent);
	selftest_stop(&agent->selftest);
	tryout_stop(&agent->tryout);
	sync_stop(&agent->sync);
	kernel_stop(&agent->kernel);
	return status;
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
	int lock = -1, status;

	if (!options->dry_run && start_lock(options, &lock))
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	/* The one child that there is needs not be waited for. */
	signal(SIGCHLD, SIG_IGN);
	uv_loop_init(&agent.loop);
	status = serve(&agent);
	uv_walk(&agent.loop, close_handle, NULL);
	uv_run(&agent.loop, UV_RUN_DEFAULT);
	uv_loop_close(&agent.loop);
	if (lock >= 0)
		close(lock);
	return status;
}
