// SPDX-License-Identifier: Apache-2.0
#include "user/agent/refuse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/addresses.h"
#include "user/lib/address.h"

#define API_SERVICE "default/kubernetes:" /* its service ports begin so */
#define API_VARIABLE "KUBERNETES_SERVICE_HOST"

void refuse_start(struct refuse *refuse)
{
	const char *host = getenv(API_VARIABLE);

	*refuse = (struct refuse){
		.read = addresses_read, .stale_nodes = true, .stale_api_servers = true};
	/* A name there is of no use: it is what the cluster's DNS makes of it. */
	refuse->has_api_server = host && !address_parse(host, &refuse->api_server);
}

void refuse_clear(struct refuse *refuse)
{
	target_guarded_clear(&refuse->guarded);
	*refuse = (struct refuse){0};
}

void refuse_expire(struct refuse *refuse)
{
	refuse->stale_nodes = true;
}

static bool is_api_service(const char *name)
{
	return strncmp(name, API_SERVICE, strlen(API_SERVICE)) == 0;
}

void refuse_note(struct refuse *refuse, const struct changes *changes)
{
	bool stale = refuse->stale_api_servers || changes->snapshot;

	for (size_t i = 0; !stale && i < changes->service_count; i++)
		stale = is_api_service(changes->services[i].name);
	for (size_t i = 0; !stale && i < changes->frontend_count; i++) {
		const struct change_endpoint *frontend = &changes->frontends[i];

		/* It may have been the API server's before. */
		stale = (frontend->service && is_api_service(frontend->service)) ||
			address_set_has(&refuse->guarded.api_servers, &frontend->endpoint.address);
	}
	refuse->stale_api_servers = stale;
}

/* Puts another set in place of the one that is known. */
static void replace(struct refuse *refuse, struct address_set *known, struct address_set *found)
{
	address_set_finish(found);
	if (found->count != known->count ||
	    (found->count &&
	     memcmp(found->items, known->items, found->count * sizeof(*found->items)) != 0))
		refuse->judged = false;
	address_set_clear(known);
	*known = *found;
}

static void read_nodes(struct refuse *refuse)
{
	struct address_set found = {0};

	refuse->unread = refuse->read(&found);
	if (refuse->unread) {
		address_set_clear(&found);
		return;
	}
	replace(refuse, &refuse->guarded.nodes, &found);
	refuse->stale_nodes = false;
}

static int add_frontends(const struct mirror *mirror, const struct mirror_service *service,
			 struct address_set *found)
{
	int error = 0;

	for (__u32 slot = service->frontends; !error && slot != MIRROR_NONE;) {
		const struct mirror_endpoint *frontend = mirror_endpoint(&mirror->frontends, slot);

		if (frontend->element.wanted)
			error = address_set_add(found, &frontend->endpoint.address);
		slot = frontend->next;
	}
	return error;
}

static int read_api_servers(struct refuse *refuse, const struct mirror *mirror)
{
	struct address_set found = {0};
	int error = 0;

	if (refuse->has_api_server)
		error = address_set_add(&found, &refuse->api_server);
	for (__u32 i = 0; !error && i < mirror->services.count; i++) {
		const struct mirror_service *service = mirror_service(mirror, i);

		if (service->element.used && is_api_service(service->name))
			error = add_frontends(mirror, service, &found);
	}
	if (error) {
		address_set_clear(&found);
		return error;
	}
	replace(refuse, &refuse->guarded.api_servers, &found);
	refuse->stale_api_servers = false;
	return 0;
}

static int judge(const struct refuse *refuse, struct mirror *mirror, __u32 slot, bool *changed)
{
	struct mirror_endpoint *endpoint = mirror_endpoint(&mirror->offloaded, slot);
	enum target_refusal refusal = target_check(&refuse->guarded, &endpoint->endpoint.address);

	if (!endpoint->element.used || refusal == endpoint->refusal)
		return 0;
	*changed = true;
	endpoint->refusal = refusal;
	endpoint->element.current = false;
	return mirror_table_queue(&mirror->offloaded, slot);
}

/* Overrides that need what is refused are not to be in the kernel either. */
static int bar_overrides(struct mirror *mirror)
{
	int error = 0;

	for (__u32 slot = 0; !error && slot < mirror->overrides.count; slot++) {
		const struct mirror_override *override = mirror_override(mirror, slot);

		if (override->element.used && override->element.wanted &&
		    override->element.current && mirror_is_barred(mirror, override))
			error = mirror_bar_override(mirror, slot);
	}
	return error;
}

int refuse_update(struct refuse *refuse, struct mirror *mirror, bool *changed)
{
	const struct mirror_table *table = &mirror->offloaded;
	int error = 0;

	*changed = false;
	if (refuse->stale_nodes)
		read_nodes(refuse);
	if (refuse->stale_api_servers)
		error = read_api_servers(refuse, mirror);
	if (refuse->judged)
		for (size_t i = 0; !error && i < table->work_count; i++)
			error = judge(refuse, mirror, table->work[i], changed);
	else
		for (__u32 slot = 0; !error && slot < table->count; slot++)
			error = judge(refuse, mirror, slot, changed);
	if (!error && *changed)
		error = bar_overrides(mirror);
	refuse->judged = !error;
	return error;
}
