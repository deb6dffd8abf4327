/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the programs keep while they handle one packet and is too large for the stack. */
#ifndef SHUNT_BPF_SCRATCH_H
#define SHUNT_BPF_SCRATCH_H

#include "packet.h"
#include "http.h"
#include "passport.h"
#include <shunt/events.h>

#define SCRATCH_SUM 512
#define SCRATCH_ANSWER 512

#define SCRATCH_ASKED_UNMARKED 2
#define SCRATCH_ASKED_MARKED 3

#define CRAFT_EMPTY 0
#define CRAFT_HELD 1 /* payload: `length` of the held bytes, from `from` */
#define CRAFT_ANSWER 2 /* payload: `length` bytes of scratch.answer */

/* The packet to make of the one in hand. */
struct craft {
	struct shunt_address source;
	struct shunt_address destination;
	struct tcp_image image; /* `check` is not read */
	__u32 from;
	__u32 length;
	__u8 payload; /* CRAFT_* */
	__u8 toward_leg; /* 1: from the client to a leg; 0: to the client */
	__u8 mac_present;
	__u8 mac[6]; /* destination of the frame */
};

/* What the client's own socket says of its connection. */
struct client_socket {
	__u32 snd_una;
	__u32 snd_wl1; /* sequence number of the segment that last acknowledged something new */
	__u32 snd_wnd; /* bytes that the origin takes from snd_una on */
	__u32 rcv_nxt;
	__u16 mss; /* what the client announced */
	__u8 sack;
	__u8 snd_scale; /* what the origin announced */
	__u8 rcv_scale; /* what the client announced */
	__u8 scale_ok;
	__u8 timestamps;
	__u32 last_time; /* of the origin's timestamps, the one to echo */
};

/* Parts of the kernel's own answer. */
struct answer_text {
	char endpoint[48];
	char none[8];
	__u64 args[5];
};

/* A frame's headers, as they are to be written back. */
struct headers {
	__u8 reserved[2]; /* what follows Ethernet is aligned */
	__u8 frame[256]; /* more than they have; a power of two */
	__u8 slack[4];
};

struct scratch {
	struct packet packet;
	struct shunt_connection connection; /* the client's, key of its flow */
	struct shunt_head head;
	struct client_socket socket;
	struct craft craft;
	struct shunt_override_key key;
	__u64 tag; /* where is_signed: what the marker of `key` is signed with */
	struct shunt_override override;
	struct shunt_prefix prefix; /* key of a lookup */
	__u32 service; /* the service port that the client's packet in hand is for; 0: none */
	__u8 moved; /* 1: the connection has a flow */
	__u8 asked; /* SCRATCH_ASKED_*: of the last request that the packet in hand completes */
	__u8 want; /* WANT_* of the request that the packet in hand completes */
	__u8 is_signed; /* 1: the marker of `key` is signed */
	__u8 from_pod; /* 1: the hook sees packets that the client's pod sent */
	__u8 toward_leg; /* which way the packet in hand goes now */
	__u32 start; /* client's sequence number of the request that may change the leg */
	__u8 answered; /* 1: all requests before it are, by their responses */
	struct tcp_image old; /* the header of the packet in hand */
	struct tcp_image image; /* what becomes of it */
	struct headers headers;
	__u32 time; /* its timestamp, see packet_timestamp() */
	struct shunt_address addresses[2]; /* new source and destination */
	struct shunt_leg leg; /* a copy, taken under the flow's lock */
	struct shunt_leg replaced; /* a leg whose place another one takes */
	struct shunt_endpoint failed; /* the endpoint that could not be reached */
	struct answer_text text;
	struct shunt_endpoint frontend; /* key of a lookup */
	struct passport_message message; /* of a SYN that has or gets a passport */
	struct passport passport; /* of the SYN in hand */
	struct shunt_framing framing; /* a copy, written back when the packet is done */
	struct shunt_stream stream; /* the direction of it that the packet in hand is of */
	__u32 reply_before; /* the client's acknowledgement with its last byte before the packet in hand */
	__u8 responses_begin; /* 1: framing.responses is to be written back too */
	__u32 early_period; /* the present one, see early_may_wait() */
	__u32 early; /* how many packets were put in again in it */
	__u32 early_doubt; /* how often that was in vain, less one for each period since */
	__u32 consumed; /* bytes of the packet that belong to the head just completed */
	__u32 run_at; /* where framing_run_step() is in the packet */
	__u32 run_end;
	struct shunt_event event; /* the one to write */
	__u64 traced_since; /* when the present second of events began, and how many it has */
	__u32 traced;
	char line[SHUNT_EVENT_LINE_MAX]; /* how the request at `start` began, where asked for */
	struct shunt_connection leg_key;
	struct shunt_leg_owner leg_owner;
	__u32 mark; /* of the packet in hand, and its priority, while a copy is made of it */
	__u32 priority;
	__u8 macs[24]; /* of the frame in hand, and of the one to make */
	__u64 flow[sizeof(struct shunt_flow) / 8]; /* a new element, without its lock's type */
	__u8 sum[SCRATCH_SUM];
	__u8 answer[SCRATCH_ANSWER];
	struct shunt_held held; /* a new element; its bytes are also where a head is parsed */
};

struct scratch_level {
	__u32 now; /* index of the element of `scratch_memory` in use */
};

#endif
