// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzz target: a sync stream, cut into pieces of as many bytes as the first one says. However it is
 * cut it means the same, and what is accepted is accepted again when it is written anew.
 */
#include <errno.h>
#include "fuzz.h"
#include "user/lib/sync_wire.h"

struct told {
	__u64 sum; /* FNV-1a of all that was told */
	bool again; /* what is told is written, and read once more */
};

static const struct sync_reader_events events;

static void add(struct told *told, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		told->sum = (told->sum ^ ((const __u8 *)bytes)[i]) * 1099511628211ULL;
}

static int on_hello(void *argument, const struct sync_hello *hello)
{
	must_hold(sync_is_instance(hello->instance) && hello->heartbeat_ms);
	add(argument, hello->instance, strlen(hello->instance));
	return 0;
}

static int on_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	add(argument, &generation, sizeof(generation));
	add(argument, &time_ms, sizeof(time_ms));
	return 0;
}

static void add_endpoints(struct told *told, const struct change_endpoint *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		must_hold(list[i].endpoint.port && !list[i].endpoint.reserved);
		add(told, &list[i].endpoint, sizeof(list[i].endpoint));
		if (list[i].service)
			add(told, list[i].service, strlen(list[i].service));
		must_hold(list[i].fence <= SHUNT_FENCE_ENFORCE);
		must_hold(!(list[i].flags & ~SHUNT_OFFLOADED_TARGET));
		add(told, &list[i].fence, sizeof(list[i].fence));
		add(told, &list[i].flags, sizeof(list[i].flags));
	}
}

static void add_overrides(struct told *told, const struct changes *changes)
{
	for (size_t i = 0; i < changes->override_count; i++) {
		const struct change_override *override = &changes->overrides[i];

		must_hold(override->endpoint_count <= SHUNT_ENDPOINTS_MAX);
		must_hold(override->endpoint_count || !changes->snapshot);
		must_hold(strlen(override->context) <= SHUNT_CONTEXT_NAME_MAX);
		must_hold(strlen(override->service) <= SHUNT_SERVICE_NAME_MAX);
		add(told, override->context, strlen(override->context));
		add(told, override->service, strlen(override->service));
		must_hold(!(override->flags & ~SHUNT_OVERRIDE_SIGNED));
		add(told, &override->flags, sizeof(override->flags));
		add(told, &override->tag, sizeof(override->tag));
		for (size_t k = 0; k < override->endpoint_count; k++)
			add(told, &override->endpoints[k], sizeof(override->endpoints[k]));
	}
}

static void add_policy(struct told *told, const struct policy *policy)
{
	must_hold(policy->source_count <= SHUNT_SOURCES_MAX);
	must_hold(policy->allowed_count <= SHUNT_ALLOWED_MAX);
	must_hold(policy->steer_count <= SHUNT_STEERED_MAX);
	for (size_t i = 0; i < policy->source_count; i++) {
		must_hold(policy->sources[i].prefix.length <= 128);
		must_hold(!i || policy_compare_prefix(&policy->sources[i - 1].prefix,
						      &policy->sources[i].prefix) < 0);
		add(told, &policy->sources[i], sizeof(policy->sources[i]));
	}
	for (size_t i = 0; i < policy->allowed_count; i++)
		add(told, &policy->allowed[i], sizeof(policy->allowed[i]));
	for (size_t i = 0; i < policy->steer_count; i++) {
		const struct policy_steer *steer = &policy->steers[i];

		must_hold(steer->count <= SHUNT_STEER_ENDPOINTS_MAX);
		must_hold(steer->first + steer->count <= policy->endpoint_count);
		add(told, &steer->frontend, sizeof(steer->frontend));
		add(told, &steer->flags, sizeof(steer->flags));
		for (size_t k = 0; k < steer->count; k++)
			add(told, &policy->endpoints[steer->first + k], sizeof(*policy->endpoints));
	}
}

static void add_changes(struct told *told, const struct changes *changes)
{
	add(told, &changes->snapshot, sizeof(changes->snapshot));
	for (size_t i = 0; i < changes->service_count; i++) {
		must_hold(strlen(changes->services[i].name) <= SHUNT_SERVICE_NAME_MAX);
		must_hold(!changes->services[i].removed || !changes->snapshot);
		add(told, changes->services[i].name, strlen(changes->services[i].name));
	}
	add_endpoints(told, changes->frontends, changes->frontend_count);
	add_endpoints(told, changes->offloaded, changes->offloaded_count);
	add_overrides(told, changes);
	if (changes->markers)
		add(told, changes->markers, sizeof(*changes->markers));
	if (changes->keys) {
		const struct shunt_keys *keys = changes->keys;

		must_hold(!keys->current || keys->epochs[keys->current & 1] == keys->current);
		add(told, keys, sizeof(*keys));
	}
	if (changes->policy)
		add_policy(told, changes->policy);
}

static void write_and_read(const struct changes *changes, const struct sync_done *done)
{
	static const struct sync_hello hello = {
		.version = SYNC_VERSION, .instance = "fuzz", .heartbeat_ms = 1};
	struct told expected = {0}, told = {0};
	struct sync_buffer buffer = {0};
	struct sync_reader *reader = sync_reader_new(&events, &told);

	add(&expected, hello.instance, strlen(hello.instance));
	add_changes(&expected, changes);
	must_hold(reader && !sync_encode_hello(&buffer, &hello));
	must_hold(!sync_encode_generation(&buffer, changes, done));
	must_hold(!sync_reader_feed(reader, buffer.bytes, buffer.length));
	must_hold(told.sum == expected.sum);
	sync_reader_free(reader);
	sync_buffer_clear(&buffer);
}

static int on_generation(void *argument, struct changes *changes, const struct sync_done *done)
{
	struct told *told = argument;

	add_changes(told, changes);
	if (told->again)
		write_and_read(changes, done);
	return 0;
}

static const struct sync_reader_events events = {on_hello, on_generation, on_heartbeat};

static int read_in_pieces(const __u8 *data, size_t size, size_t piece, struct told *told)
{
	struct sync_reader *reader = sync_reader_new(&events, told);
	int error = 0;

	must_hold(reader);
	for (size_t at = 0; at < size && !error; at += piece)
		error = sync_reader_feed(reader, data + at, size - at < piece ? size - at : piece);
	must_hold(!error || error == -EBADMSG);
	must_hold(!error == !*sync_reader_problem(reader));
	sync_reader_free(reader);
	return error;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct told whole = {.again = true}, pieces = {0};

	if (size < 2)
		return 0;
	must_hold(read_in_pieces(data + 1, size - 1, size - 1, &whole) ==
		  read_in_pieces(data + 1, size - 1, (size_t)data[0] + 1, &pieces));
	must_hold(whole.sum == pieces.sum);
	return 0;
}
