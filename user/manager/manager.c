// SPDX-License-Identifier: Apache-2.0
#include "user/manager/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "user/lib/address.h"
#include "user/lib/log.h"
#include "user/lib/text.h"
#include "user/manager/tls_files.h"

#define CONNECTIONS_MAX 16384
#define IDLE_SECONDS 10
#define BODY_MAX (1024u * 1024) /* of an agent's report, the largest there is */

/* Logs what is in problems, or the error where nothing is. */
static int say(const char *what, int error, struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		log_line("%s", problems->texts[i]);
	if (error && !problems->count)
		log_line("cannot %s: %s", what, strerror(-error));
	problems_clear(problems);
	return error;
}

static int name_manager(struct manager *manager)
{
	const char *name = manager->arguments->name;
	unsigned int run;

	if (getrandom(&run, sizeof(run), 0) != sizeof(run))
		return -EIO;
	srandom(run);
	if (!name && gethostname(manager->name, sizeof(manager->name) - 1))
		return -errno;
	if (name)
		snprintf(manager->name, sizeof(manager->name), "%s", name);
	for (char *c = manager->name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	if (!text_is_dns_name(manager->name)) {
		log_line("the host's name %s cannot name this manager; --name does", manager->name);
		return -EINVAL;
	}
	snprintf(manager->instance, sizeof(manager->instance), "%s-%08x", manager->name, run);
	return 0;
}

static int start_outgoing(struct manager *manager)
{
	const struct kube_options options = {.kubeconfig = manager->arguments->kubeconfig,
					     .context = manager->arguments->kube_context};
	struct problems problems = {0};
	int error;

	error = fetch_loop_start(&manager->loop, &manager->fetches);
	if (!error && arguments_need_kubernetes(manager->arguments))
		error = kube_start(&manager->loop, manager->fetches, &options, &manager->kube,
				   &problems);
	return say("reach Kubernetes", error, &problems);
}

/* What the sources tell of; before them, since they may tell at once. */
static int start_tables(struct manager *manager)
{
	const struct catalog_events events = manager_catalog_events(manager);
	const struct publisher_options options = manager_publisher_options(manager);

	manager->catalog = catalog_new(&events);
	if (!manager->catalog)
		return -ENOMEM;
	manager->status_writer = status_writer_start(&manager->loop, manager->catalog);
	if (!manager->status_writer)
		return -ENOMEM;
	return publisher_start(&manager->loop, &options, &manager->publisher);
}

static int start_store(struct manager *manager)
{
	const struct store_events events = manager_store_events(manager);
	const struct arguments *arguments = manager->arguments;
	struct problems problems = {0};
	int error;

	if (arguments->store_file)
		error = store_sqlite_start(&manager->loop, arguments->store_file, manager->name,
					   &events, &manager->store, &problems);
	else
		error = store_kubernetes_start(&manager->loop, manager->kube, manager->name,
					       &events, &manager->store, &problems);
	if (say("open the store", error, &problems))
		return error;
	error = manager_start_keys(manager);
	if (error)
		return error;
	status_writer_set_store(manager->status_writer, manager->store);
	manager->hygiene = hygiene_start(&manager->loop, manager->catalog, manager->store,
					 arguments->keep_expired_s);
	return manager->hygiene ? 0 : -ENOMEM;
}

static int start_cluster(struct manager *manager)
{
	const struct cluster_events events = manager_cluster_events(manager);
	const char *manifests = manager->arguments->manifests;
	int error;

	if (manifests)
		error = cluster_manifests_start(&manager->loop, manifests, &events,
						&manager->cluster);
	else
		error = cluster_kubernetes_start(&manager->loop, manager->kube, &events,
						 &manager->cluster);
	if (error)
		log_line("cannot follow %s: %s", manifests ? manifests : "Kubernetes",
			 strerror(-error));
	return error;
}

static int start_api(struct manager *manager)
{
	const struct arguments *arguments = manager->arguments;
	const struct auth_options auth = {.tokens_file = arguments->tokens_file,
					  .kube = arguments->token_review ? manager->kube : NULL,
					  .anonymous = arguments->anonymous};
	struct problems problems = {0};
	int error;

	error = auth_start(&manager->loop, &auth, &manager->auth, &problems);
	if (say("read the tokens", error, &problems))
		return error;
	return api_start(&manager->loop,
			 &(struct api_parts){.catalog = manager->catalog,
					     .store = manager->store,
					     .publisher = manager->publisher,
					     .auth = manager->auth,
					     .keys = manager->has_keys ? &manager->keys : NULL,
					     .ready = manager_ready,
					     .metrics = manager_metrics,
					     .argument = manager},
			 &manager->api);
}

static int start_server(struct manager *manager)
{
	const struct arguments *arguments = manager->arguments;
	const struct httpd_options server = {
		.listen = arguments->listen,
		.certificate_file = arguments->certificate_file,
		.key_file = arguments->key_file,
		.client_ca_file = arguments->client_ca_file,
		.connection_max = CONNECTIONS_MAX,
		.idle_seconds = IDLE_SECONDS,
		.body_max = BODY_MAX,
		.handle = api_handle,
		.admit = api_admit,
		.refuse = api_refuse,
		.argument = manager->api,
	};
	char address[ADDRESS_ENDPOINT_TEXT_SIZE];
	struct problems problems = {0};
	int error = tls_files_check(arguments, &problems);

	if (say("serve TLS", error, &problems))
		return error;
	error = httpd_start(&manager->loop, &server, &manager->httpd);
	address_format_endpoint(&arguments->listen, address);
	if (error)
		log_line("cannot serve on %s: %s", address, strerror(-error));
	else
		log_line("%s serves on %s://%s", manager->name,
			 arguments->certificate_file ? "https" : "http", address);
	return error;
}

static void note_root(void)
{
	if (geteuid() == 0)
		log_line("runs as root, but needs no privileges: any user will do who may write "
			 "the store and read the other files");
}

static int start(struct manager *manager)
{
	int error = name_manager(manager);

	error = error ? error : start_outgoing(manager);
	error = error ? error : start_tables(manager);
	error = error ? error : start_store(manager);
	error = error ? error : start_cluster(manager);
	error = error ? error : start_api(manager);
	return error ? error : start_server(manager);
}

/* In the reverse order; what was not started is NULL. */
static void stop(struct manager *manager)
{
	publisher_stop(manager->publisher);
	httpd_stop(manager->httpd);
	api_stop(manager->api);
	auth_stop(manager->auth);
	cluster_stop(manager->cluster);
	store_stop(manager->store);
	hygiene_stop(manager->hygiene);
	status_writer_stop(manager->status_writer);
	catalog_free(manager->catalog);
	kube_stop(manager->kube);
	fetch_loop_stop(manager->fetches);
	manager_forget_touched(manager);
	free(manager->touched);
	keys_forget(&manager->keys);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct manager *manager = handle->data;

	(void)number;
	uv_stop(&manager->loop);
}

static void init_handles(struct manager *manager)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uv_signal_init(&manager->loop, &manager->signals[i]);
		manager->signals[i].data = manager;
		uv_signal_start(&manager->signals[i], on_signal, numbers[i]);
	}
	manager_init_timers(manager);
}

static void close_handle(uv_handle_t *handle, void *argument)
{
	(void)argument;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

int manager_run(const struct arguments *arguments)
{
	struct manager manager = {.arguments = arguments};
	int error;

	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&manager.loop);
	init_handles(&manager);
	error = start(&manager);
	if (!error) {
		note_root();
		uv_run(&manager.loop, UV_RUN_DEFAULT);
		log_line("stopped; agents go on with what they have");
	}
	stop(&manager);
	uv_walk(&manager.loop, close_handle, NULL);
	uv_run(&manager.loop, UV_RUN_DEFAULT);
	uv_loop_close(&manager.loop);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
