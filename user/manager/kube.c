// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "user/lib/version.h"

#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 30000

int kube_start(uv_loop_t *loop, struct fetch_loop *fetches, const struct kube_options *options,
	       struct kube **started, struct problems *problems)
{
	struct kube *kube = calloc(1, sizeof(*kube));
	int error;

	if (!kube)
		return -ENOMEM;
	kube->loop = loop;
	kube->fetches = fetches;
	error = kube_config_load(options, &kube->config, problems);
	if (!error)
		error = kube_token_init(&kube->token, kube->config.token, kube->config.token_file);
	if (error) {
		kube_config_clear(&kube->config);
		free(kube);
		return error;
	}
	*started = kube;
	return 0;
}

void kube_stop(struct kube *kube)
{
	if (!kube)
		return;
	kube_calls_stop(kube);
	kube_reflectors_stop(kube);
	kube_token_clear(&kube->token);
	kube_config_clear(&kube->config);
	free(kube);
}

const char *kube_server(const struct kube *kube)
{
	return kube->config.server;
}

const char *kube_namespace(const struct kube *kube)
{
	return kube->config.namespace;
}

/* "Authorization: Bearer ...", to be freed. *line stays NULL where there is no token. */
static int make_authorization(struct kube *kube, char **line)
{
	const char *token = kube_token_get(&kube->token);

	*line = NULL;
	if (!token)
		return 0;
	return asprintf(line, "Authorization: Bearer %s", token) < 0 ? -ENOMEM : 0;
}

static struct fetch *send_with(struct kube *kube, const struct kube_send *send,
			       const char *const *headers, const struct fetch_events *events,
			       void *argument)
{
	struct fetch_request request = {
		.method = send->method,
		.headers = headers,
		.body = send->body,
		.body_length = send->body_length,
		.tls = &kube->config.tls,
		.compressed = send->compressed,
		.timeout_ms = send->timeout_ms,
	};
	struct fetch *fetch;
	char *url;

	if (asprintf(&url, "%s%s", kube->config.server, send->path) < 0)
		return NULL;
	request.url = url;
	fetch = fetch_start(kube->fetches, &request, events, argument);
	free(url);
	return fetch;
}

struct fetch *kube_send(struct kube *kube, const struct kube_send *send,
			const struct fetch_events *events, void *argument)
{
	const char *headers[5] = {
		"Accept: application/json",
		"User-Agent: shunt-manager/" SHUNT_VERSION,
	};
	char *authorization = NULL, *type = NULL;
	struct fetch *fetch = NULL;
	size_t count = 2;

	if (make_authorization(kube, &authorization))
		return NULL;
	if (authorization)
		headers[count++] = authorization;
	if (!send->body) {
		fetch = send_with(kube, send, headers, events, argument);
	} else if (asprintf(&type, "Content-Type: %s",
			    send->content_type ? send->content_type : "application/json") >= 0) {
		headers[count] = type;
		fetch = send_with(kube, send, headers, events, argument);
		free(type);
	}
	if (authorization)
		explicit_bzero(authorization, strlen(authorization));
	free(authorization);
	return fetch;
}

void kube_count(struct kube *kube, unsigned int status)
{
	unsigned int class = status / 100;

	kube->answers[class < 2 || class > 5 ? KUBE_NO_ANSWER : class - 1]++;
	if (status == 401)
		kube_token_refused(&kube->token);
}

/* Not the header's form that is a date, which API servers do not send. */
unsigned int kube_retry_after(struct fetch *fetch, const json_t *body)
{
	const char *field = fetch_header(fetch, "retry-after");
	json_int_t seconds;

	if (field && field[0] >= '0' && field[0] <= '9')
		seconds = strtoll(field, NULL, 10);
	else
		seconds = json_integer_value(
			json_object_get(json_object_get(body, "details"), "retryAfterSeconds"));
	if (seconds < 0)
		return 0;
	return seconds > KUBE_RETRY_AFTER_MAX_S ? KUBE_RETRY_AFTER_MAX_S : (unsigned int)seconds;
}

unsigned int kube_random(unsigned int low, unsigned int high)
{
	unsigned int number = 0;

	/* Where there is none it is low: jitter is all that it is for. */
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		return low;
	return low + number % (high - low + 1);
}

unsigned int kube_backoff_ms(unsigned int failures)
{
	unsigned int wait = BACKOFF_FIRST_MS;

	for (unsigned int i = 1; i < failures && wait < BACKOFF_MAX_MS; i++)
		wait *= 2;
	if (wait > BACKOFF_MAX_MS)
		wait = BACKOFF_MAX_MS;
	return kube_random(wait / 2, wait);
}

void kube_metrics(const struct kube *kube, FILE *file)
{
	static const char *const classes[] = {"none", "2xx", "3xx", "4xx", "5xx"};

	fprintf(file, "# HELP shunt_manager_kubernetes_requests_total Requests to the API server, "
		      "by how they were answered.\n"
		      "# TYPE shunt_manager_kubernetes_requests_total counter\n");
	for (size_t i = 0; i < KUBE_CLASSES; i++)
		fprintf(file, "shunt_manager_kubernetes_requests_total{answer=\"%s\"} %llu\n",
			classes[i], (unsigned long long)kube->answers[i]);
	fprintf(file,
		"# HELP shunt_manager_kubernetes_retries_total Requests that were tried "
		"again.\n"
		"# TYPE shunt_manager_kubernetes_retries_total counter\n"
		"shunt_manager_kubernetes_retries_total %llu\n",
		(unsigned long long)kube->retries);
	kube_reflector_metrics(kube, file);
}
