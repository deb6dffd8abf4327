// SPDX-License-Identifier: Apache-2.0
#include "user/lib/target.h"

#include <string.h>

/* Those outside of the link-local ranges, which are refused anyway. */
static const struct shunt_prefix metadata_prefixes[] = {
	/* fd00:ec2::/32, of EC2, where the credentials of EKS are given out too */
	{32, {{0xfd, 0x00, 0x0e, 0xc2}}},
	/* fd20:ce::254, of Google */
	{128, {{0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54}}},
	/* fd00:c1::a9fe:a9fe, of Oracle */
	{128, {{0xfd, 0x00, 0x00, 0xc1, [12] = 169, 254, 169, 254}}},
	{128, {{[10] = 0xff, 0xff, 168, 63, 129, 16}}}, /* of Azure */
	{128, {{[10] = 0xff, 0xff, 100, 100, 100, 200}}}, /* of Alibaba */
};

static bool is_metadata(const struct shunt_address *address)
{
	const struct shunt_prefix alone = address_prefix(address);

	for (size_t i = 0; i < sizeof(metadata_prefixes) / sizeof(metadata_prefixes[0]); i++)
		if (address_prefix_covers(&metadata_prefixes[i], &alone))
			return true;
	return false;
}

static enum target_refusal refuse_ipv4(const __u8 bytes[4])
{
	/* 0/8 is "this network", of which 0.0.0.0 means this machine. */
	if (!bytes[0])
		return TARGET_UNSPECIFIED;
	if (bytes[0] == 127)
		return TARGET_LOOPBACK;
	if (bytes[0] == 169 && bytes[1] == 254)
		return TARGET_LINK_LOCAL;
	if (bytes[0] >= 240)
		return TARGET_RESERVED;
	return bytes[0] >= 224 ? TARGET_MULTICAST : TARGET_ALLOWED;
}

static enum target_refusal refuse_ipv6(const struct shunt_address *address)
{
	static const struct shunt_address unspecified, loopback = {{[15] = 1}};
	static const __u8 compatible[12], translated[12] = {0x00, 0x64, 0xff, 0x9b};
	const __u8 *bytes = address->bytes;

	if (!address_compare(address, &unspecified))
		return TARGET_UNSPECIFIED;
	if (!address_compare(address, &loopback))
		return TARGET_LOOPBACK;
	if (bytes[0] == 0xff)
		return TARGET_MULTICAST;
	if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
		return TARGET_LINK_LOCAL;
	/* What NAT64 makes an IPv4 address of (RFC 6052, 2.1). */
	if (!memcmp(bytes, translated, sizeof(translated)))
		return refuse_ipv4(bytes + 12);
	/* IPv4-compatible, which nothing has any more (RFC 4291, 2.5.5.1). */
	return memcmp(bytes, compatible, sizeof(compatible)) ? TARGET_ALLOWED : TARGET_RESERVED;
}

enum target_refusal target_refuse_address(const struct shunt_address *address)
{
	enum target_refusal refusal =
		address_is_ipv4(address) ? refuse_ipv4(address->bytes + 12) : refuse_ipv6(address);

	if (refusal == TARGET_ALLOWED && is_metadata(address))
		return TARGET_METADATA;
	return refusal;
}

bool target_may_be_dialed(const struct shunt_address *address)
{
	enum target_refusal refusal = target_refuse_address(address);

	return refusal == TARGET_ALLOWED || refusal == TARGET_RESERVED ||
	       refusal == TARGET_METADATA;
}

enum target_refusal target_check(const struct target_guarded *guarded,
				 const struct shunt_address *address)
{
	enum target_refusal refusal = target_refuse_address(address);

	if (refusal != TARGET_ALLOWED)
		return refusal;
	if (address_set_has(&guarded->api_servers, address))
		return TARGET_API_SERVER;
	if (address_set_has(&guarded->nodes, address))
		return TARGET_NODE;
	return address_set_has(&guarded->cluster_ips, address) ? TARGET_CLUSTER_IP : TARGET_ALLOWED;
}

const char *target_refusal_text(enum target_refusal refusal)
{
	static const char *const texts[] = {[TARGET_ALLOWED] = "it is allowed",
#define X(name, text) [TARGET_##name] = text,
					    TARGET_REFUSALS(X)
#undef X
	};

	return texts[refusal];
}

void target_guarded_clear(struct target_guarded *guarded)
{
	if (!guarded)
		return;
	address_set_clear(&guarded->nodes);
	address_set_clear(&guarded->api_servers);
	address_set_clear(&guarded->cluster_ips);
}
