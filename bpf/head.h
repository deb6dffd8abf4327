/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A request's head, from the packets that it comes in, and what its markers want. */
#ifndef SHUNT_BPF_HEAD_H
#define SHUNT_BPF_HEAD_H

#include "stream.h"

#define WANT_NOTHING 0 /* no request begins here that could change the leg */
#define WANT_ORIGIN 1
#define WANT_OVERRIDE 2 /* scratch->key says which */
#define WANT_EARLY 3 /* the packet came too early to be understood */
#define WANT_SPLIT 4 /* flag: the head began in earlier packets; `held` has their bytes */
#define WANT_LISTED 8 /* flag: the override is in scratch->override, as the request listed it */

/* What stands for a context's name where a request lists endpoints itself; no name is like it. */
#define HEAD_LISTED "(address)"

/* Requests without a response that a connection may have; see struct shunt_framing. */
#define HEAD_UNANSWERED_MAX 31

/* Adds the payload from `at` to the head that is held in part, and parses on. Returns the parse
 * result. */
static __always_inline int head_held(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	const struct shunt_markers *table = stream_markers();
	struct shunt_held *entry;
	struct shunt_head *head = &scratch->head;
	__u32 had, left;

	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!entry || !table)
		return http_bad(head, SHUNT_REASON_HELPER_FAILED);
	*head = entry->head;
	had = entry->length;
	left = scratch->packet.segment.length - at;
	if (had >= SHUNT_HEAD_MAX)
		return http_bad(head, SHUNT_REASON_HEAD_TOO_LARGE);
	if (left > SHUNT_HEAD_MAX - had)
		left = SHUNT_HEAD_MAX - had;
	if (stream_load(skb, &scratch->packet, entry, had, at, left))
		return http_bad(head, SHUNT_REASON_HELPER_FAILED);
	head->length = had + left;
	return http_parse(stream_bytes(entry), head, table);
}

/* Counts and traces what was noticed of a request to scratch->service. */
SUBPROGRAM int head_notice(__u32 reason)
{
	struct scratch *scratch = scratch_get();
	struct trace_note note = {.reason = reason};

	if (!scratch)
		return 0;
	note.context = scratch->head.context;
	count(reason);
	trace(scratch, scratch->service, &note);
	return 0;
}

/* The connection stays with its present target from here on. */
static __always_inline void head_pin(struct scratch *scratch, __u8 reason)
{
	if (scratch->framing.requests.state == FRAMING_HEAD)
		bpf_map_delete_elem(&held, &scratch->connection);
	framing_pin(&scratch->framing.requests, reason);
	head_notice(reason);
}

/* Of the endpoints that the request lists for the service, those that are registered for it make
 * scratch->override. Returns whether there are any. */
static __always_inline bool head_listed(struct scratch *scratch, const struct carrier_space *space)
{
	struct shunt_override *override = &scratch->override;
	struct shunt_offloaded *found;
	__u32 i, count = 0;

	__builtin_memset(override, 0, sizeof(*override));
	for (i = 0; i < SHUNT_ENDPOINTS_MAX; i++) {
		if (i >= space->endpoint_count)
			break;
		found = bpf_map_lookup_elem(&offloaded, &space->endpoints[i]);
		if (!found || found->service != scratch->service ||
		    !(found->flags & SHUNT_OFFLOADED_TARGET))
			continue;
		opaque(count);
		override->endpoints[count & (SHUNT_ENDPOINTS_MAX - 1)] = space->endpoints[i];
		count++;
	}
	override->id = SHUNT_OVERRIDE_BY_ADDRESS;
	override->service = scratch->service;
	override->endpoint_count = count;
	return count > 0;
}

/* Reads the carrier that the head has. Returns whether the endpoints that it lists take
 * precedence; they are in scratch->override then. */
SUBPROGRAM int head_carrier(const struct http_bytes *bytes)
{
	const struct shunt_markers *table = stream_markers();
	struct scratch *scratch = scratch_get();
	struct carrier_space *space;
	struct shunt_service *name;
	__u32 zero = 0, service;

	if (!scratch)
		return 0;
	service = scratch->service;
	name = bpf_map_lookup_elem(&services, &service);
	space = bpf_map_lookup_elem(&carrier_memory, &zero);
	if (!bytes || !space || !name || !table)
		return 0;
	carrier_read(bytes, &scratch->head, table, space, name);
	if (scratch->head.flags & SHUNT_HEAD_BAD_CARRIER)
		head_notice(SHUNT_REASON_BAD_CARRIER);
	if (!space->endpoint_count)
		return 0;
	if (!head_listed(scratch, space)) {
		head_notice(SHUNT_REASON_ADDRESS_REFUSED);
		return 0;
	}
	return space->listed_rank < scratch->head.rank;
}

/*
 * The head that began with the present request cannot be read, or its end cannot be waited for: it names
 * no context. So it is the origin's, as is what follows it, where the leg may change. Returns WANT_*; what
 * is held of a head that is to be moved is left.
 */
static __always_inline int head_unreadable(struct scratch *scratch, __u8 reason)
{
	bool split = scratch->framing.requests.state == FRAMING_HEAD;

	if (!scratch->moved || !(scratch->framing.flags & SHUNT_FRAMING_QUIET)) {
		head_pin(scratch, reason);
		return WANT_NOTHING;
	}
	framing_pin(&scratch->framing.requests, reason);
	head_notice(reason);
	__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
	scratch->start = scratch->framing.start;
	return split ? WANT_ORIGIN | WANT_SPLIT : WANT_ORIGIN;
}

/* What the complete head in `bytes` wants, by its markers. What they say is kept apart from the head:
 * another one may follow in the packet. */
static __always_inline int head_want(struct scratch *scratch, const struct http_bytes *bytes)
{
	struct shunt_head *head = &scratch->head;
	bool listed = head->carrier_length && head_carrier(bytes);

	__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
	scratch->is_signed = 0;
	if (head->flags & SHUNT_HEAD_INVALID)
		head_notice(SHUNT_REASON_MARKER_INVALID);
	if (head->flags & SHUNT_HEAD_DISAGREE)
		head_notice(SHUNT_REASON_MARKERS_DISAGREE);
	scratch->key.service = scratch->service;
	scratch->asked = SCRATCH_ASKED_MARKED;
	if (listed) {
		count(SHUNT_REASON_BY_OVERRIDES);
		__builtin_memcpy(scratch->key.context, HEAD_LISTED, sizeof(HEAD_LISTED));
		return WANT_OVERRIDE | WANT_LISTED;
	}
	if (head->rank == SHUNT_HEAD_NO_MARKER) {
		count(SHUNT_REASON_NO_MARKER);
		count_outcome(scratch->service, SHUNT_OUTCOME_UNMARKED);
		scratch->key.service = 0;
		scratch->asked = SCRATCH_ASKED_UNMARKED;
		return WANT_ORIGIN;
	}
	count(SHUNT_REASON_BY_HEADER + head->form);
	scratch->is_signed = !!(head->flags & SHUNT_HEAD_SIGNED);
	scratch->tag = head->tag;
	__builtin_memcpy(scratch->key.context, head->context, sizeof(scratch->key.context));
	return WANT_OVERRIDE;
}

/* Whether all requests have got their responses, of which the client acknowledges what is before
 * `reply`. The last one's body need not have been followed, where its length is known. */
static __always_inline bool head_answered(const struct shunt_framing *state, __u32 reply)
{
	const struct shunt_stream *responses = &state->responses;
	__u8 unanswered = state->requests.count - responses->count;

	if (sequence_before(reply, responses->next))
		return false;
	return !unanswered || (unanswered == 1 && responses->state == FRAMING_BODY &&
			       reply - responses->next >= responses->remaining);
}

/*
 * A request begins at `at` of the payload: whether all before it are answered, and the client has
 * got the answers. Where the responses could not be followed, the server must have spoken since the
 * client last did, and a client that was seen pipelining is not believed any more.
 */
static __always_inline void head_begins(struct scratch *scratch, __u32 at)
{
	const struct segment *segment = &scratch->packet.segment;
	struct shunt_framing *state = &scratch->framing;
	__u32 reply = segment->acknowledgement;
	bool lost = state->responses.state == FRAMING_UNPROVEN ||
		    state->responses.state == FRAMING_INTERIM;
	bool quiet;

	if (lost) {
		quiet = !at && !(state->flags & SHUNT_FRAMING_PIPELINED) &&
			(state->flags & SHUNT_FRAMING_FIRST || sequence_after(reply, state->reply));
	} else {
		quiet = head_answered(state, reply);
		if (!quiet)
			state->flags |= SHUNT_FRAMING_PIPELINED;
	}
	state->start = segment->sequence + at;
	state->flags &= ~(SHUNT_FRAMING_QUIET | SHUNT_FRAMING_ANSWERED | SHUNT_FRAMING_FIRST |
			  SHUNT_FRAMING_UPGRADE);
	if (!quiet)
		return;
	state->flags |= lost ? SHUNT_FRAMING_QUIET : SHUNT_FRAMING_QUIET | SHUNT_FRAMING_ANSWERED;
	__builtin_memset(&state->responses, 0, sizeof(state->responses));
	state->responses.state = FRAMING_START;
	state->responses.next = reply;
	state->responses.count = state->requests.count;
	scratch->responses_begin = 1;
}

/* Why no further request is expected on the connection, or 0. */
static __always_inline __u8 head_unexpected(const struct shunt_framing *state)
{
	__u8 unanswered = state->requests.count - state->responses.count;

	if (state->flags & SHUNT_FRAMING_ENDED)
		return SHUNT_REASON_ENDED;
	if (state->flags & SHUNT_FRAMING_UPGRADE &&
	    (unanswered || state->responses.state != FRAMING_START))
		return SHUNT_REASON_UPGRADE;
	return unanswered >= HEAD_UNANSWERED_MAX ? SHUNT_REASON_TOO_MANY_REQUESTS : 0;
}

/* What follows a complete head. */
static __always_inline void head_done(struct scratch *scratch)
{
	struct shunt_framing *state = &scratch->framing;
	const struct shunt_head *head = &scratch->head;
	__u32 bit = 1U << (state->requests.count & 31);

	state->methods =
		head->flags & SHUNT_HEAD_HEAD ? state->methods | bit : state->methods & ~bit;
	state->requests.count++;
	if (framing_is_last(head))
		state->flags |= SHUNT_FRAMING_ENDED;
	if (head->flags & SHUNT_HEAD_UPGRADE)
		state->flags |= SHUNT_FRAMING_UPGRADE;
	framing_body(&state->requests, head);
	if (head->flags & SHUNT_HEAD_CONNECT)
		head_pin(scratch, SHUNT_REASON_UPGRADE);
}

/* The request comes before the last one's answer, and cannot be moved. */
SUBPROGRAM int head_pipelined(void)
{
	struct scratch *scratch = scratch_get();

	if (scratch && scratch->head.rank != SHUNT_HEAD_NO_MARKER)
		return head_notice(SHUNT_REASON_PIPELINED);
	count(SHUNT_REASON_PIPELINED);
	return 0;
}

/* Notes how the request begins, for whoever asks. */
SUBPROGRAM int head_line(const struct http_bytes *bytes)
{
	const struct shunt_tracing *wanted = tracing_now();
	struct scratch *scratch = scratch_get();

	if (!wanted || !scratch || !bytes)
		return 0;
	scratch->line[0] = 0;
	if (wanted->flags & SHUNT_TRACING_LINES)
		__builtin_memcpy(scratch->line, bytes, sizeof(scratch->line));
	return 0;
}

/* A head is complete: what its request wants. */
static __always_inline int head_complete(struct scratch *scratch, const struct http_bytes *bytes)
{
	int want = WANT_NOTHING;

	count(SHUNT_REASON_REQUEST);
	if (scratch->framing.flags & SHUNT_FRAMING_QUIET) {
		scratch->start = scratch->framing.start;
		scratch->answered = !!(scratch->framing.flags & SHUNT_FRAMING_ANSWERED);
		want = head_want(scratch, bytes);
		if (want == WANT_ORIGIN && !scratch->moved)
			want = WANT_NOTHING; /* it is there */
		if (want != WANT_NOTHING)
			head_line(bytes);
	} else {
		count_outcome(scratch->service, SHUNT_OUTCOME_KEPT);
		head_pipelined();
	}
	head_done(scratch);
	return want;
}

/*
 * Keeps a head that is not complete yet. `held` has room for one request of a connection: where
 * another one needs it, the client is pipelining, and its connection is pinned. Returns WANT_*.
 */
static __always_inline int head_keep_part(struct __sk_buff *skb, struct scratch *scratch)
{
	long err = scratch->want != WANT_NOTHING
			   ? -EEXIST
			   : stream_keep(skb, scratch, scratch->head.length, BPF_NOEXIST);

	if (err)
		return head_unreadable(scratch, err == -EEXIST ? SHUNT_REASON_PIPELINED_HEAD
							       : SHUNT_REASON_HELD_FULL);
	scratch->framing.requests.state = FRAMING_HEAD;
	return WANT_NOTHING;
}

/* A head begins at `at`. Returns WANT_*; scratch->consumed is how many bytes of the packet it
 * takes, or 0 where it takes all that are left. */
SUBPROGRAM int head_new(struct __sk_buff *skb, __u32 at)
{
	struct scratch *scratch = scratch_get();
	__u8 unexpected;
	int result;

	if (!scratch)
		return WANT_NOTHING;
	scratch->consumed = 0;
	scratch->head.context[0] = 0;
	unexpected = head_unexpected(&scratch->framing);
	if (unexpected) {
		head_pin(scratch, unexpected);
		return WANT_NOTHING;
	}
	head_begins(scratch, at);
	result = stream_head(skb, scratch, at);
	if (result == HTTP_DONE) {
		scratch->consumed = scratch->head.position;
		return head_complete(scratch, stream_bytes(&scratch->held));
	}
	if (result == HTTP_BAD)
		return head_unreadable(scratch, scratch->head.reason);
	return head_keep_part(skb, scratch);
}

/* The same for a head that goes on at `at`; the bytes before are in `held`. */
SUBPROGRAM int head_more(struct __sk_buff *skb, __u32 at)
{
	struct scratch *scratch = scratch_get();
	struct shunt_held *entry;
	int result, want;

	if (!scratch)
		return WANT_NOTHING;
	scratch->consumed = 0;
	result = head_held(skb, scratch, at);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!entry) {
		head_pin(scratch, scratch->head.reason);
		return WANT_NOTHING;
	}
	if (result == HTTP_BAD)
		return head_unreadable(scratch, scratch->head.reason);
	if (result == HTTP_PARTIAL) {
		entry->length = scratch->head.length;
		entry->head = scratch->head;
		return WANT_NOTHING;
	}
	scratch->consumed = scratch->head.position - entry->length;
	want = head_complete(scratch, stream_bytes(entry));
	if (want != WANT_NOTHING)
		return want | WANT_SPLIT;
	bpf_map_delete_elem(&held, &scratch->connection);
	return WANT_NOTHING;
}

#endif
