// SPDX-License-Identifier: Apache-2.0
#include "user/agent/selftest_probe.h"

#include <arpa/inet.h>
#include <string.h>
#include <shunt/passport.h>

/* A TCP header and where things are in it (RFC 9293, 3.1). */
#define HEADER_SIZE 20
#define AT_ACKNOWLEDGEMENT 8
#define AT_FLAGS 13
#define AT_WINDOW 14

#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10

const char *const probe_labels[PROBE_RESULT_COUNT] = {
#define X(NAME, label) [PROBE_##NAME] = label,
	PROBE_RESULTS(X)
#undef X
};

static __u16 get16(const __u8 *at)
{
	__be16 value;

	memcpy(&value, at, sizeof(value));
	return ntohs(value);
}

static __u32 get32(const __u8 *at)
{
	__be32 value;

	memcpy(&value, at, sizeof(value));
	return ntohl(value);
}

static enum probe_result judge_reset(__u16 window)
{
	switch (window) {
	case SHUNT_REFUSAL_MISSING:
		return PROBE_LOST;
	case SHUNT_REFUSAL_FORGED:
		return PROBE_TRANSLATED;
	case SHUNT_REFUSAL_EXPIRED:
		return PROBE_OTHER_KEYS;
	default:
		return PROBE_CLOSED;
	}
}

enum probe_result probe_judge(const struct probe *probe, const __u8 *segment, size_t length)
{
	__u8 flags;

	if (length < HEADER_SIZE || get16(segment) != probe->connection.remote_port ||
	    get16(segment + 2) != probe->connection.client_port ||
	    get32(segment + AT_ACKNOWLEDGEMENT) != probe->sequence + 1)
		return PROBE_WAITING;
	flags = segment[AT_FLAGS];
	if (!(flags & FLAG_ACK))
		return PROBE_WAITING;
	if (flags & FLAG_RST)
		return judge_reset(get16(segment + AT_WINDOW));
	return flags & FLAG_SYN ? PROBE_ARRIVED : PROBE_WAITING;
}

bool probe_is_bad(enum probe_result result)
{
	return result == PROBE_LOST || result == PROBE_TRANSLATED || result == PROBE_OTHER_KEYS;
}

#define OR_OPEN "; or set the fence of its service to observe or off in the Settings"

const char *probe_explain(enum probe_result result)
{
	switch (result) {
	case PROBE_LOST:
		return "something on the way removes the passport from its SYN, so that requests "
		       "moved there get 503 passport_lost: let TCP option 254 through" OR_OPEN;
	case PROBE_TRANSLATED:
		return "something on the way rewrites addresses, ports or sequence numbers, so "
		       "that requests moved there get 503 passport_refused: exempt traffic to "
		       "pods from masquerade and other translation, and with --manifests look "
		       "whether its node has the same --keys" OR_OPEN;
	case PROBE_OTHER_KEYS:
		return "its node does not know the present key, so that requests moved there get "
		       "503 passport_refused: look whether shuntd runs there and gets tables, and "
		       "whether the clocks agree" OR_OPEN;
	default:
		return "";
	}
}
