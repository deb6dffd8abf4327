// SPDX-License-Identifier: Apache-2.0
/*
 * How long the switch's programs run for each kind of packet, by the kernel's own measure of programs
 * (bpf_stats), in BPF_PROG_TEST_RUN. State is put back before each run, which is measured by itself:
 * so caches are about as warm as between packets. Where a run changes nothing, many in a row are
 * measured too. Then requests of many contexts, with tables of several sizes. Prints JSON.
 */
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "packets.h"

#define SEED 7
#define OVERRIDE_ID(context) (10 + (context))
#define RUNS_USUAL 4000
#define REPEATS 200000
#define SMALL 200
#define MIDDLE 1024
#define LARGE 3400 /* about as much as a test run takes */
#define SEGMENT 1448

#define SERVER PACKET_FROM_SERVER
#define STEADY PACKET_STEADY

/* clang-format off */
static const struct packet_kind kinds[] = {
	{"to an address that is no frontend", CONNECTION_UNKNOWN, PAYLOAD_NONE, 0, STEADY},
	{"from an address that is no frontend", CONNECTION_UNKNOWN, PAYLOAD_NONE, 0, SERVER | STEADY},
	{"request of 200 bytes", CONNECTION_UNTRACKED, PAYLOAD_REQUEST, SMALL, STEADY},
	{"within a response's body", CONNECTION_UNTRACKED, PAYLOAD_BODY, SEGMENT, SERVER | STEADY},
	{"acknowledgement of the client", CONNECTION_TRACKED, PAYLOAD_NONE, 0, STEADY},
	{"acknowledgement of the server", CONNECTION_TRACKED, PAYLOAD_NONE, 0, SERVER | STEADY},
	{"within a request's body", CONNECTION_TRACKED, PAYLOAD_BODY, SEGMENT, 0},
	{"within a response's body", CONNECTION_TRACKED, PAYLOAD_BODY, SEGMENT, SERVER},
	{"response's head", CONNECTION_TRACKED, PAYLOAD_RESPONSE, SEGMENT, SERVER},
	{"request of 200 bytes", CONNECTION_TRACKED, PAYLOAD_REQUEST, SMALL, 0},
	{"request of 1 KB", CONNECTION_TRACKED, PAYLOAD_REQUEST, MIDDLE, 0},
	{"request of 3.4 KB", CONNECTION_TRACKED, PAYLOAD_REQUEST, LARGE, 0},
	{"acknowledgement of the client", CONNECTION_MOVED, PAYLOAD_NONE, 0, 0},
	{"acknowledgement of the server", CONNECTION_MOVED, PAYLOAD_NONE, 0, SERVER},
	{"within a request's body", CONNECTION_MOVED, PAYLOAD_BODY, SEGMENT, 0},
	{"within a response's body", CONNECTION_MOVED, PAYLOAD_BODY, SEGMENT, SERVER},
	{"response's head", CONNECTION_MOVED, PAYLOAD_RESPONSE, SEGMENT, SERVER},
	{"request of 200 bytes, marker last", CONNECTION_MOVED, PAYLOAD_MARKED, SMALL, 0},
	{"request of 1 KB, marker last", CONNECTION_MOVED, PAYLOAD_MARKED, MIDDLE, 0},
	{"request of 3.4 KB, marker last", CONNECTION_MOVED, PAYLOAD_MARKED, LARGE, 0},
	{"request of 200 bytes, to a parked leg", CONNECTION_BACK, PAYLOAD_MARKED, SMALL, 0},
};
/* clang-format on */

static const char *const connection_names[] = {
	[CONNECTION_UNKNOWN] = "unknown", [CONNECTION_UNTRACKED] = "untracked",
	[CONNECTION_TRACKED] = "tracked", [CONNECTION_MOVED] = "moved",
	[CONNECTION_BACK] = "moved",
};

static const struct packet_kind unmarked = {"", CONNECTION_TRACKED, PAYLOAD_REQUEST, SMALL, 0};
static const struct packet_kind marked = {"", CONNECTION_MOVED, PAYLOAD_MARKED, SMALL, 0};

static unsigned int runs = RUNS_USUAL;

static struct bpf_program *program_of(struct kernel *kernel, const struct packet_kind *kind)
{
	return is_from_server(kind) ? kernel->programs->progs.to_pod
				    : kernel->programs->progs.from_pod;
}

/* Nanoseconds that the program ran so far. */
static __u64 run_time(struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size), 0);
	return info.run_time_ns;
}

static int compare(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return (x > y) - (x < y);
}

/* The clock may be coarse: the mean of the runs between the quartiles tells more than their median. */
static double middle(const __u32 *times)
{
	__u64 sum = 0;

	for (unsigned int i = runs / 4; i < runs * 3 / 4; i++)
		sum += times[i];
	return (double)sum / (runs * 3 / 4 - runs / 4);
}

static void print_quartiles(__u32 *times)
{
	qsort(times, runs, sizeof(*times), compare);
	printf("\"p25\": %u, \"middle\": %.1f, \"p75\": %u", times[runs / 4], middle(times),
	       times[runs * 3 / 4]);
}

/* Makes the counters of the contexts that are drawn next, as if they had been used before: the first
 * request of an override takes longer. */
static void use_contexts(struct kernel *kernel, __u32 contexts)
{
	struct shunt_override_stats counts[libbpf_num_possible_cpus()];

	memset(counts, 0, sizeof(counts));
	srandom(SEED);
	for (unsigned int i = 0; i < runs && contexts; i++) {
		__u32 id = OVERRIDE_ID((__u32)random() % contexts);

		kernel_put(kernel->programs->maps.override_stats, &id, counts);
	}
	srandom(SEED);
}

/* Single runs. The context is one of so many at random, or the flow's own. */
static void measure_single(struct kernel *kernel, const struct packet_kind *kind, __u32 contexts,
			   __u32 *times)
{
	struct bpf_program *program = program_of(kernel, kind);
	static struct frame frame, out;
	char context[16] = "mmeng";

	packets_build(kind, context, &frame);
	use_contexts(kernel, contexts);
	for (unsigned int i = 0; i < runs; i++) {
		__u64 before;
		int verdict;

		if (contexts) {
			snprintf(context, sizeof(context), "c%07u", (__u32)random() % contexts);
			packets_build(kind, context, &frame);
		}
		packets_prepare(kernel, kind);
		before = run_time(program);
		verdict = kernel_run(program, &frame, &out);
		times[i] = run_time(program) - before;
		assert_int_equal(verdict, TC_ACT_UNSPEC);
	}
	/* Translated, or not, as the kind says. */
	if (kind->connection < CONNECTION_MOVED)
		assert_memory_equal(frame.bytes, out.bytes, frame.length);
	else
		assert_memory_not_equal(frame.bytes, out.bytes, frame.length);
}

static __u32 measure_repeated(struct kernel *kernel, const struct packet_kind *kind)
{
	static struct frame frame;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.bytes, .repeat = REPEATS);

	packets_build(kind, "mmeng", &frame);
	packets_prepare(kernel, kind);
	opts.data_size_in = frame.length;
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(program_of(kernel, kind)), &opts),
			 0);
	return opts.duration;
}

static void measure_kinds(struct kernel *kernel, __u32 *times)
{
	size_t count = sizeof(kinds) / sizeof(kinds[0]);

	printf("\"packets\": [");
	for (size_t i = 0; i < count; i++) {
		const struct packet_kind *kind = &kinds[i];

		fprintf(stderr, "[%2zu/%zu] %s connection: %s\n", i + 1, count,
			connection_names[kind->connection], kind->name);
		measure_single(kernel, kind, 0, times);
		printf("%s\n  {\"connection\": \"%s\", \"name\": \"%s\", \"program\": \"%s\", "
		       "\"ns\": {",
		       i ? "," : "", connection_names[kind->connection], kind->name,
		       is_from_server(kind) ? "to_pod" : "from_pod");
		print_quartiles(times);
		printf("}");
		if (kind->flags & STEADY)
			printf(", \"repeated_ns\": %u", measure_repeated(kernel, kind));
		printf("}");
	}
	printf("]");
}

/* Adds overrides until there are so many, all to the flows' endpoint. */
static void fill(struct kernel *kernel, __u32 from, __u32 count)
{
	struct shunt_override_key key = {.service = KERNEL_SERVICE};
	struct shunt_override value = {.service = KERNEL_SERVICE, .endpoint_count = 1};

	value.endpoints[0] = (struct shunt_endpoint){
		.address = kernel_address(flow_ends[0].endpoint), .port = FLOW_ENDPOINT_PORT};
	for (__u32 i = from; i < count; i++) {
		snprintf(key.context, sizeof(key.context), "c%07u", i);
		value.id = OVERRIDE_ID(i);
		kernel_put(kernel->programs->maps.overrides, &key, &value);
	}
}

static void measure_table(struct kernel *kernel, const char *name, const struct packet_kind *kind,
			  __u32 contexts, __u32 *times)
{
	measure_single(kernel, kind, contexts, times);
	printf(", \"%s\": {", name);
	print_quartiles(times);
	printf("}");
}

static void measure_tables(struct kernel *kernel, __u32 largest, __u32 *times)
{
	static const __u32 sizes[] = {10, 10000, 1000000};
	__u32 filled = 0;

	printf(",\n\"tables\": [");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && sizes[i] <= largest; i++) {
		fprintf(stderr, "%u overrides\n", sizes[i]);
		fill(kernel, filled, sizes[i]);
		filled = sizes[i];
		printf("%s\n  {\"overrides\": %u", i ? "," : "", sizes[i]);
		measure_table(kernel, "unmarked", &unmarked, 0, times);
		measure_table(kernel, "one_context", &marked, 0, times);
		measure_table(kernel, "any_context", &marked, filled, times);
		printf("}");
	}
	printf("]");
}

/* What is measured of a program that does nothing: of a frame that holds no IP packet. */
static void measure_nothing(struct kernel *kernel, __u32 *times)
{
	struct bpf_program *program = kernel->programs->progs.from_pod;
	static struct frame frame = {.length = 60}, out;

	for (unsigned int i = 0; i < runs; i++) {
		__u64 before = run_time(program);

		kernel_run(program, &frame, &out);
		times[i] = run_time(program) - before;
	}
	printf(",\n\"nothing\": {");
	print_quartiles(times);
	printf("}");
}

int main(int argc, char **argv)
{
	__u32 largest = argc > 1 ? atoi(argv[1]) : 1000000;
	struct kernel kernel;
	cpu_set_t one;
	__u32 *times;

	if (argc > 2)
		runs = atoi(argv[2]);
	times = calloc(runs, sizeof(*times));
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (!times || !runs || bpf_enable_stats(BPF_STATS_RUN_TIME) < 0) {
		perror("bench kernel");
		return 1;
	}
	kernel_load(&kernel, largest + 1024);
	moving_override(&kernel, 0, 0);
	printf("{");
	measure_kinds(&kernel, times);
	measure_nothing(&kernel, times);
	measure_tables(&kernel, largest, times);
	printf("}\n");
	shunt__destroy(kernel.programs);
	free(times);
	return 0;
}
