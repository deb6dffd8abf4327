// SPDX-License-Identifier: Apache-2.0
/* What is no part of the API proper: health, metrics, the description, and the agents' stream. */
#include <stdlib.h>
#include "user/manager/api_state.h"

#define TEXT "text/plain; charset=utf-8"
#define METRICS "text/plain; version=0.0.4; charset=utf-8"
#define YAML "application/yaml"

/* The document as it is in the source tree, where the build begins. */
__asm__(".pushsection .rodata\n"
	"openapi_begin: .incbin \"docs/openapi.yaml\"\n"
	"openapi_end: .balign 4\n"
	"openapi_length: .long openapi_end - openapi_begin\n"
	".popsection\n");
extern const char openapi_begin[];
extern const unsigned int openapi_length;

void api_page_live(struct api_call *call)
{
	static const char text[] = "alive\n";

	api_reply(call, 200, TEXT, text, sizeof(text) - 1);
}

/* Answers with what write() wrote. */
static void reply_written(struct api_call *call, unsigned int (*write)(struct api *api, FILE *file),
			  const char *type)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	unsigned int status = file ? write(call->api, file) : 503;

	if (!file || fclose(file))
		api_problem(call, 503, NULL, "the manager has no memory; try again later");
	else
		api_reply(call, status, type, text, length);
	free(text);
}

static unsigned int write_ready(struct api *api, FILE *file)
{
	if (!api->parts.ready(api->parts.argument, file))
		return 503;
	fputs("ready\n", file);
	return 200;
}

void api_page_ready(struct api_call *call)
{
	reply_written(call, write_ready, TEXT);
}

static unsigned int write_metrics(struct api *api, FILE *file)
{
	api->parts.metrics(api->parts.argument, file);
	api_metrics_write(&api->metrics, file);
	return 200;
}

void api_page_metrics(struct api_call *call)
{
	reply_written(call, write_metrics, METRICS);
}

void api_page_openapi(struct api_call *call)
{
	api_reply(call, 200, YAML, openapi_begin, openapi_length);
}

/* Who an agent proved to be; NULL where it may name itself. */
static const char *node_of(const struct api_call *call)
{
	return call->identity.role == AUTH_AGENT && *call->identity.name ? call->identity.name
									 : NULL;
}

/* The publisher answers from here on. */
static struct httpd_request *hand_over(struct api_call *call)
{
	struct httpd_request *request = call->request;

	call->request = NULL;
	return request;
}

void api_sync_stream(struct api_call *call)
{
	publisher_stream(call->api->parts.publisher, hand_over(call), node_of(call));
}

void api_sync_report(struct api_call *call)
{
	publisher_report(call->api->parts.publisher, hand_over(call), node_of(call));
}
