/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, endpoints and prefixes as the tables hold them (network order, IPv4 as IPv4-mapped;
 * ports in host order), and their text: "10.0.0.1", "fd00::1", "10.0.0.1:80", "[fd00::1]:80",
 * "10.0.0.0/8", "fd00::/64".
 */
#ifndef SHUNT_USER_LIB_ADDRESS_H
#define SHUNT_USER_LIB_ADDRESS_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

#define ADDRESS_TEXT_SIZE 46 /* of any address, the NUL included */
#define ADDRESS_ENDPOINT_TEXT_SIZE (ADDRESS_TEXT_SIZE + 8)
#define ADDRESS_PREFIX_TEXT_SIZE (ADDRESS_TEXT_SIZE + 4)

/* Reads the whole of text: no prefix length, zone or space. -EINVAL otherwise. */
int address_parse(const char *text, struct shunt_address *address);

/* Reads "ip:port" or "[v6]:port", port 1 to 65535. -EINVAL otherwise. */
int address_parse_endpoint(const char *text, struct shunt_endpoint *endpoint);

/*
 * Reads "ip/length" (CIDR), or "ip", which is the prefix of this address alone. -ERANGE where bits
 * beyond the length are set, *prefix is then the one that was meant; -EINVAL otherwise.
 */
int address_parse_prefix(const char *text, struct shunt_prefix *prefix);

/* Write the shortest usual form, IPv4-mapped as IPv4, and return text. */
const char *address_format(const struct shunt_address *address, char text[ADDRESS_TEXT_SIZE]);
const char *address_format_endpoint(const struct shunt_endpoint *endpoint,
				    char text[ADDRESS_ENDPOINT_TEXT_SIZE]);
const char *address_format_prefix(const struct shunt_prefix *prefix,
				  char text[ADDRESS_PREFIX_TEXT_SIZE]);

/* The endpoint at this address and port (host order), padding zeroed. */
struct shunt_endpoint address_with_port(const struct shunt_address *address, __u16 port);

/* < 0, 0 or > 0: bytewise on the address, then by port. */
int address_compare(const struct shunt_address *a, const struct shunt_address *b);
int address_compare_endpoint(const struct shunt_endpoint *a, const struct shunt_endpoint *b);

bool address_is_ipv4(const struct shunt_address *address);

/* The prefix of this address alone. */
struct shunt_prefix address_prefix(const struct shunt_address *address);

/* Whether every address of inner is one of outer. */
bool address_prefix_covers(const struct shunt_prefix *outer, const struct shunt_prefix *inner);

#endif
