// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "tally.h"

int tally_init(struct tally *tally, size_t requests)
{
	*tally = (struct tally){.lock = PTHREAD_MUTEX_INITIALIZER};
	tally->times_ms = calloc(requests, sizeof(*tally->times_ms));
	return tally->times_ms ? 0 : -ENOMEM;
}

void tally_free(struct tally *tally)
{
	free(tally->times_ms);
}

void tally_connection(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->connections++;
	pthread_mutex_unlock(&tally->lock);
}

void tally_answer(struct tally *tally, double ms, uint64_t sent, uint64_t received)
{
	pthread_mutex_lock(&tally->lock);
	tally->times_ms[tally->answered++] = ms;
	tally->bytes_sent += sent;
	tally->bytes_received += received;
	pthread_mutex_unlock(&tally->lock);
}

void tally_aborted(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->aborted++;
	pthread_mutex_unlock(&tally->lock);
}

void tally_timeout(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->timeouts++;
	pthread_mutex_unlock(&tally->lock);
}

void tally_wrong(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->wrong++;
	pthread_mutex_unlock(&tally->lock);
}

static int compare(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return (a > b) - (a < b);
}

/* The time that so many of a thousand requests took at most. */
static double at_most(const struct tally *tally, size_t permille)
{
	size_t index = tally->answered * permille / 1000;

	if (!tally->answered)
		return 0;
	return tally->times_ms[index < tally->answered ? index : tally->answered - 1];
}

void tally_print(struct tally *tally, uint64_t seed, double seconds, FILE *file)
{
	size_t slow = tally->answered;

	qsort(tally->times_ms, tally->answered, sizeof(*tally->times_ms), compare);
	while (slow && tally->times_ms[slow - 1] > TALLY_SLOW_MS)
		slow--;
	fprintf(file,
		"{\"seed\": %llu, \"connections\": %u, \"answered\": %zu, \"aborted\": %u, "
		"\"wrong\": %u, \"timeouts\": %u, \"slow\": %zu, \"sent\": %llu, \"received\": "
		"%llu, "
		"\"seconds\": %.1f, \"ms\": {\"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, "
		"\"p999\": %.1f, \"max\": %.1f}}\n",
		(unsigned long long)seed, tally->connections, tally->answered, tally->aborted,
		tally->wrong, tally->timeouts, tally->answered - slow,
		(unsigned long long)tally->bytes_sent, (unsigned long long)tally->bytes_received,
		seconds, at_most(tally, 500), at_most(tally, 900), at_most(tally, 990),
		at_most(tally, 999), at_most(tally, 1000));
}
