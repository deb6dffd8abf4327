// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "impairment.h"

/* Each question about a packet has chances of its own. */
enum question {
	ASK_LOSS,
	ASK_DUPLICATE,
	ASK_CORRUPT,
	ASK_CORRUPT_WHERE,
	ASK_REORDER,
	ASK_JITTER,
	QUESTIONS,
};

struct parcel {
	struct parcel *next;
	uint64_t due;
	uint64_t after; /* the number of the packet that it waits for */
	uint64_t number;
	size_t size;
	uint8_t bytes[];
};

void impairment_init(struct impairment *path, const struct impairment_rates *rates, uint64_t stream,
		     int forward_fd, int back_fd)
{
	*path = (struct impairment){
		.rates = rates,
		.stream = stream * QUESTIONS,
		.forward_fd = forward_fd,
		.back_fd = back_fd,
	};
}

static uint64_t ask(const struct impairment *path, enum question question)
{
	return chance_at(path->rates->seed, path->stream + question, path->counts.packets);
}

static bool hits(const struct impairment *path, enum question question, uint32_t rate)
{
	return rate && ask(path, question) % CHANCE_CERTAIN < rate;
}

static void send_on(struct impairment *path, int fd, const void *bytes, size_t size)
{
	if (write(fd, bytes, size) != (ssize_t)size)
		path->counts.unsent++;
}

static struct parcel *parcel_new(struct impairment *path, const void *bytes, size_t size)
{
	struct parcel *parcel = malloc(sizeof(*parcel) + size);

	if (!parcel) {
		path->counts.unsent++;
		return NULL;
	}
	memcpy(parcel->bytes, bytes, size);
	parcel->size = size;
	parcel->number = path->counts.packets;
	return parcel;
}

/* Most come in the order in which they are due. */
static void queue_insert(struct parcels *queue, struct parcel *parcel)
{
	struct parcel **link = &queue->first;

	if (queue->last && queue->last->due <= parcel->due)
		link = &queue->last->next;
	while (*link && (*link)->due <= parcel->due)
		link = &(*link)->next;
	parcel->next = *link;
	*link = parcel;
	if (!parcel->next)
		queue->last = parcel;
}

static void pass(struct impairment *path, const void *bytes, size_t size, uint64_t now)
{
	const struct impairment_rates *rates = path->rates;
	struct parcel *parcel;

	if (!rates->delay_ns && !rates->jitter_ns) {
		send_on(path, path->forward_fd, bytes, size);
		return;
	}
	parcel = parcel_new(path, bytes, size);
	if (!parcel)
		return;
	path->counts.delayed++;
	parcel->due = now + rates->delay_ns;
	if (rates->jitter_ns)
		parcel->due += ask(path, ASK_JITTER) % rates->jitter_ns;
	queue_insert(&path->delayed, parcel);
}

static void hold(struct impairment *path, const struct frame *frame, uint64_t now)
{
	struct parcel *parcel = parcel_new(path, frame->bytes, frame->size);

	if (!parcel)
		return;
	parcel->due = now + path->rates->reorder_ns;
	parcel->after = parcel->number + path->rates->reorder_packets;
	queue_insert(&path->held, parcel);
}

static void let_go(struct impairment *path, uint64_t now)
{
	struct parcels waiting = path->held;
	struct parcel *parcel, *next;

	path->held = (struct parcels){0};
	for (parcel = waiting.first; parcel; parcel = next) {
		next = parcel->next;
		if (parcel->due > now && parcel->after > path->counts.packets) {
			queue_insert(&path->held, parcel);
			continue;
		}
		path->counts.reordered += path->counts.packets > parcel->number;
		pass(path, parcel->bytes, parcel->size, now);
		free(parcel);
	}
}

/* Whether the packet is too big for the path. */
static bool refuse(struct impairment *path, const struct frame *frame)
{
	static struct frame message;
	uint16_t mtu = path->rates->mtu;

	if (!mtu || frame_packet_size(frame) <= mtu)
		return false;
	path->counts.too_big++;
	if (path->rates->icmp && frame_may_not_be_cut(frame)) {
		frame_too_big(frame, mtu, &message);
		send_on(path, path->back_fd, message.bytes, message.size);
	}
	return true;
}

void impairment_take(struct impairment *path, struct frame *frame, uint64_t now)
{
	const struct impairment_rates *rates = path->rates;

	if (!frame_is_tcp(frame)) {
		path->counts.others++;
		send_on(path, path->forward_fd, frame->bytes, frame->size);
		return;
	}
	path->counts.packets++;
	if (refuse(path, frame))
		return;
	if (hits(path, ASK_LOSS, rates->loss)) {
		path->counts.lost++;
		return;
	}
	if (hits(path, ASK_CORRUPT, rates->corrupt)) {
		path->counts.corrupted++;
		frame_corrupt(frame, ask(path, ASK_CORRUPT_WHERE));
	}
	if (hits(path, ASK_DUPLICATE, rates->duplicate)) {
		path->counts.duplicated++;
		pass(path, frame->bytes, frame->size, now);
	}
	if (hits(path, ASK_REORDER, rates->reorder))
		hold(path, frame, now);
	else
		pass(path, frame->bytes, frame->size, now);
	let_go(path, now);
}

uint64_t impairment_release(struct impairment *path, uint64_t now)
{
	struct parcel *parcel, *next;
	uint64_t due = UINT64_MAX;

	let_go(path, now);
	for (parcel = path->delayed.first; parcel && parcel->due <= now; parcel = next) {
		next = parcel->next;
		send_on(path, path->forward_fd, parcel->bytes, parcel->size);
		free(parcel);
	}
	path->delayed.first = parcel;
	if (parcel)
		due = parcel->due;
	else
		path->delayed.last = NULL;
	if (path->held.first && path->held.first->due < due)
		due = path->held.first->due;
	return due;
}
