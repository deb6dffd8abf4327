/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The kernel's own answer where no endpoint could be reached: 503, or 504 after a timeout. */
#ifndef SHUNT_BPF_ANSWER_H
#define SHUNT_BPF_ANSWER_H

#include "craft.h"
#include "flow.h"

static const char answer_format[] = "HTTP/1.1 %s\r\n"
				    "x-shunt: context=%s; service=%s; endpoint=%s; reason=%s\r\n"
				    "content-length: 0\r\n"
				    "connection: close\r\n\r\n";
static const char answer_ipv4[] = "%pI4:%u";
static const char answer_ipv6[] = "[%pI6]:%u";
static const char answer_unavailable[] = "503 Service Unavailable";
static const char answer_timeout[] = "504 Gateway Timeout";

/* The label of each reason, by number. */
static const char answer_reasons[SHUNT_REASON_COUNT][24] = {
#define X(name, label, text) label,
	SHUNT_REASONS(X)
#undef X
};

/* The endpoint's address and port, or "-" where none could be tried. */
static __always_inline void answer_endpoint(struct answer_text *text,
					    const struct shunt_endpoint *endpoint)
{
	bool ipv6 = endpoint_is_ipv6(endpoint);

	if (!endpoint->port) {
		text->endpoint[0] = '-';
		return;
	}
	text->args[0] = (unsigned long)&endpoint->address.bytes[ipv6 ? 0 : 12];
	text->args[1] = endpoint->port;
	if (ipv6)
		bpf_snprintf(text->endpoint, sizeof(text->endpoint), answer_ipv6, text->args, 16);
	else
		bpf_snprintf(text->endpoint, sizeof(text->endpoint), answer_ipv4, text->args, 16);
}

/* Writes the answer to scratch->answer; returns its length, or 0. */
static __always_inline __u32 answer_write(struct scratch *scratch, const struct shunt_held *entry,
					  const struct shunt_flow *flow,
					  const struct shunt_endpoint *endpoint)
{
	struct shunt_service *service = bpf_map_lookup_elem(&services, &flow->service);
	__u32 reason = entry->reason < SHUNT_REASON_COUNT ? entry->reason : 0;
	struct answer_text *text = &scratch->text;
	__u64 *args = text->args;
	long length;

	opaque(reason);
	if (reason >= SHUNT_REASON_COUNT)
		reason = 0;
	__builtin_memset(text, 0, sizeof(*text));
	text->none[0] = '-';
	answer_endpoint(text, endpoint);
	args[0] = (unsigned long)(reason == SHUNT_REASON_TIMEOUT ? answer_timeout
								 : answer_unavailable);
	args[1] = (unsigned long)(entry->context[0] ? entry->context : text->none);
	args[2] = (unsigned long)(service ? service->name : text->none);
	args[3] = (unsigned long)text->endpoint;
	args[4] = (unsigned long)answer_reasons[reason];
	length = bpf_snprintf((char *)scratch->answer, SCRATCH_ANSWER, answer_format, args,
			      sizeof(text->args));
	if (length <= 1 || length > SCRATCH_ANSWER)
		return 0;
	return length - 1; /* without the terminating zero */
}

/* Sends the answer that flow and entry call for, in place of the packet in hand. */
static __always_inline int answer_send(struct __sk_buff *skb, struct scratch *scratch,
				       struct shunt_flow *flow, const struct shunt_held *entry,
				       const struct shunt_endpoint *endpoint)
{
	__u32 length = answer_write(scratch, entry, flow, endpoint);

	if (!length) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	if (!flow->answer_length) {
		flow->answer_sequence = flow->client_reply;
		flow->answer_length = length + 1;
		flow->state = SHUNT_FLOW_ANSWERED;
	}
	craft_to_client(scratch, TCP_PSH | TCP_ACK | TCP_FIN, flow->answer_sequence,
			flow->client_next);
	scratch->craft.payload = CRAFT_ANSWER;
	scratch->craft.length = length;
	return craft_emit(skb, scratch);
}

#endif
