/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel types and fields that the programs read, and no others. Offsets are relocated at
 * load time against the running kernel's BTF (CO-RE), so order and size here do not matter.
 */
#ifndef SHUNT_VMLINUX_H
#define SHUNT_VMLINUX_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_options_received {
	__u32 ts_recent;
	__u16 tstamp_ok : 1, wscale_ok : 1, sack_ok : 3, snd_wscale : 4, rcv_wscale : 4;
};

struct tcp_sock {
	struct tcp_options_received rx_opt;
	__u32 snd_una;
	__u32 snd_wl1;
	__u32 snd_wnd;
	__u32 rcv_nxt;
	__u16 advmss;
	_Bool is_mptcp; /* where CONFIG_MPTCP is set */
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	possible_net_t nd_net;
};

struct sk_buff {
	struct net_device *dev;
};

#pragma clang attribute pop

#endif
