// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/address.h"

#define MAPPED_PREFIX 12 /* bytes before the IPv4 address of an IPv4-mapped one */
#define ADDRESS_BITS 128

static const __u8 mapped_prefix[MAPPED_PREFIX] = {[10] = 0xff, [11] = 0xff};

int address_parse(const char *text, struct shunt_address *address)
{
	struct shunt_address parsed = {0};

	if (inet_pton(AF_INET, text, parsed.bytes + MAPPED_PREFIX) == 1)
		memcpy(parsed.bytes, mapped_prefix, MAPPED_PREFIX);
	else if (inet_pton(AF_INET6, text, parsed.bytes) != 1)
		return -EINVAL;
	*address = parsed;
	return 0;
}

static int parse_port(const char *text, __u16 *port)
{
	unsigned int value = 0;
	const char *digit = text;

	for (; *digit >= '0' && *digit <= '9' && digit - text < 5; digit++)
		value = value * 10 + (unsigned int)(*digit - '0');
	if (*digit || *text == '0' || !value || value > 65535)
		return -EINVAL;
	*port = (__u16)value;
	return 0;
}

int address_parse_endpoint(const char *text, struct shunt_endpoint *endpoint)
{
	bool bracketed = text[0] == '[';
	const char *start = bracketed ? text + 1 : text;
	const char *end = bracketed ? strstr(text, "]:") : strrchr(text, ':');
	struct shunt_address address;
	char copy[ADDRESS_TEXT_SIZE];
	__u16 port;

	if (!end || (size_t)(end - start) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, start, (size_t)(end - start));
	copy[end - start] = '\0';
	/* Brackets and colons go together: "::1:80" would be ambiguous. */
	if (bracketed != !!strchr(copy, ':'))
		return -EINVAL;
	if (address_parse(copy, &address) || parse_port(end + (bracketed ? 2 : 1), &port))
		return -EINVAL;
	*endpoint = address_with_port(&address, port);
	return 0;
}

const char *address_format(const struct shunt_address *address, char text[ADDRESS_TEXT_SIZE])
{
	/* Neither can fail: the family is known and the text has room for any address. */
	if (address_is_ipv4(address))
		inet_ntop(AF_INET, address->bytes + MAPPED_PREFIX, text, ADDRESS_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT_SIZE);
	return text;
}

const char *address_format_endpoint(const struct shunt_endpoint *endpoint,
				    char text[ADDRESS_ENDPOINT_TEXT_SIZE])
{
	char address[ADDRESS_TEXT_SIZE];
	bool ipv4 = address_is_ipv4(&endpoint->address);

	snprintf(text, ADDRESS_ENDPOINT_TEXT_SIZE, ipv4 ? "%s:%u" : "[%s]:%u",
		 address_format(&endpoint->address, address), endpoint->port);
	return text;
}

struct shunt_endpoint address_with_port(const struct shunt_address *address, __u16 port)
{
	struct shunt_endpoint endpoint = {.address = *address, .port = port};

	return endpoint;
}

int address_compare(const struct shunt_address *a, const struct shunt_address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int address_compare_endpoint(const struct shunt_endpoint *a, const struct shunt_endpoint *b)
{
	int order = address_compare(&a->address, &b->address);

	return order ? order : (int)a->port - (int)b->port;
}

bool address_is_ipv4(const struct shunt_address *address)
{
	return !memcmp(address->bytes, mapped_prefix, MAPPED_PREFIX);
}

struct shunt_prefix address_prefix(const struct shunt_address *address)
{
	struct shunt_prefix prefix = {.length = ADDRESS_BITS, .address = *address};

	return prefix;
}

/* Clears what is beyond length bits; whether there was anything. */
static bool clear_host_bits(struct shunt_address *address, __u32 length)
{
	bool found = false;

	for (__u32 i = length / 8; i < sizeof(address->bytes); i++) {
		__u8 host = i == length / 8 ? 0xff >> length % 8 : 0xff;

		found |= address->bytes[i] & host;
		address->bytes[i] &= (__u8)~host;
	}
	return found;
}

bool address_prefix_covers(const struct shunt_prefix *outer, const struct shunt_prefix *inner)
{
	struct shunt_address address = inner->address;

	clear_host_bits(&address, outer->length);
	return inner->length >= outer->length && !address_compare(&address, &outer->address);
}

/* Decimal, without leading zeros. */
static int parse_length(const char *text, __u32 most, __u32 *length)
{
	__u32 value = 0;
	const char *digit = text;

	for (; *digit >= '0' && *digit <= '9' && digit - text < 3; digit++)
		value = value * 10 + (__u32)(*digit - '0');
	if (*digit || digit == text || (*text == '0' && text[1]) || value > most)
		return -EINVAL;
	*length = value;
	return 0;
}

int address_parse_prefix(const char *text, struct shunt_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	struct shunt_prefix parsed = {.length = ADDRESS_BITS};
	char copy[ADDRESS_TEXT_SIZE];
	__u32 before;
	int error;

	if (size >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (address_parse(copy, &parsed.address))
		return -EINVAL;
	/* By how it is written: an IPv4-mapped address in the form of IPv6 has lengths of IPv6. */
	before = strchr(copy, ':') ? 0 : MAPPED_PREFIX * 8;
	if (slash && parse_length(slash + 1, ADDRESS_BITS - before, &parsed.length))
		return -EINVAL;
	if (slash)
		parsed.length += before;
	error = clear_host_bits(&parsed.address, parsed.length) ? -ERANGE : 0;
	*prefix = parsed;
	return error;
}

const char *address_format_prefix(const struct shunt_prefix *prefix,
				  char text[ADDRESS_PREFIX_TEXT_SIZE])
{
	__u32 before = prefix->length >= MAPPED_PREFIX * 8 && address_is_ipv4(&prefix->address)
			       ? MAPPED_PREFIX * 8
			       : 0;
	char address[ADDRESS_TEXT_SIZE];

	snprintf(text, ADDRESS_PREFIX_TEXT_SIZE, "%s/%u", address_format(&prefix->address, address),
		 prefix->length - before);
	return text;
}
