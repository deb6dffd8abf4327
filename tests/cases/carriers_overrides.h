/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of carriers.h: the item that lists endpoints, proto/overrides.proto in base64. */

#define ADDRESS "\x12\x04\x0a\x4d\x04\x02" /* 10.77.4.2 */
#define ADDRESS6 "\x12\x10\xfd\x77\0\0\0\0\0\0\0\0\0\0\0\0\0\x02" /* fd77::2 */
#define PORT "\x18\x90\x3f" /* 8080 */
#define USERS "\x0a\x10\x0a\x05users" ADDRESS PORT
#define PAY "\x0a\x0e\x0a\x03pay" ADDRESS PORT

LISTS("one endpoint", USERS, FINDS(1, "10.77.4.2", 8080))
LISTS("service with its namespace", "\x0a\x15\x0a\x0ashop/users" ADDRESS PORT,
      FINDS(1, "10.77.4.2", 8080))
LISTS("service with namespace and port", "\x0a\x1a\x0a\x0fshop/users:http" ADDRESS PORT,
      FINDS(1, "10.77.4.2", 8080))
LISTS("IPv6", "\x0a\x1c\x0a\x05users" ADDRESS6 PORT, FINDS(1, "fd77::2", 8080))
LISTS("behind another service's", PAY USERS, FINDS(1, "10.77.4.2", 8080))
LISTS("before another service's", USERS PAY, FINDS(1, "10.77.4.2", 8080))
LISTS("two of one service", "\x0a\x1c\x0a\x05users" ADDRESS6 PORT USERS, FINDS(2, "fd77::2", 8080))
LISTS("ten of one service, eight are kept", TIMES10(USERS), FINDS(8, "10.77.4.2", 8080))
LISTS("fields in another order", "\x0a\x10" PORT ADDRESS "\x0a\x05users",
      FINDS(1, "10.77.4.2", 8080))
LISTS("service twice, the last one is", "\x0a\x15\x0a\x03pay" ADDRESS PORT "\x0a\x05users",
      FINDS(1, "10.77.4.2", 8080))
LISTS("with config values", "\x0a\x1a\x0a\x05users" ADDRESS PORT "\x22\x08\x0a\x02on\x12\x02ok",
      FINDS(1, "10.77.4.2", 8080))
LISTS("with a field that nobody knows", "\x0a\x12\x0a\x05users" ADDRESS PORT "\x28\x01",
      FINDS(1, "10.77.4.2", 8080))
LISTS("behind a field that nobody knows", "\x12\x02xy" USERS, FINDS(1, "10.77.4.2", 8080))
LISTS("port 65535", "\x0a\x11\x0a\x05users" ADDRESS "\x18\xff\xff\x03",
      FINDS(1, "10.77.4.2", 65535))
CARRIER("a context before a list with an unknown field",
	IDS "\x22" MMENG "\x22\x2b\x0a\x09overrides\x12\x1e"
	    "ChAKBXVzZXJzEgQKTQQCGJA/IAA=  ",
	NAMES("mmeng"), FINDS(1, "10.77.4.2", 8080))
CARRIER("a list behind a context, with white space",
	IDS "\x22" MMENG "\x22\x29\x0a\x09overrides\x12\x1c"
	    "ChAKBXVzZXJz EgQKTQQCGJA/   ",
	NAMES("mmeng"), FINDS(1, "10.77.4.2", 8080))
CARRIER("key of the list in mixed case",
	IDS "\x22\x25\x0a\x09OverRides\x12\x18"
	    "ChAKBXVzZXJzEgQKTQQCGJA/",
	FINDS(1, "10.77.4.2", 8080))
CARRIER("two lists, the first counts",
	IDS "\x22\x25\x0a\x09overrides\x12\x18"
	    "ChAKBXVzZXJzEgQKTQQCGJA/"
	    "\x22\x0f\x0a\x09overrides\x12\x02xx",
	FINDS(1, "10.77.4.2", 8080))

LISTS("empty list", "")
LISTS("empty route", "\x0a\x00")
LISTS("another service's", PAY)
LISTS("service cut short", "\x0a\x0f\x0a\x04user" ADDRESS PORT)
LISTS("service with more", "\x0a\x11\x0a\x06users2" ADDRESS PORT)
LISTS("service in upper case", "\x0a\x10\x0a\x05USERS" ADDRESS PORT)
LISTS("service of another namespace", "\x0a\x15\x0a\x0atest/users" ADDRESS PORT)
LISTS("service with another port", "\x0a\x1a\x0a\x0fshop/users:grpc" ADDRESS PORT)
LISTS("service with its port only", "\x0a\x15\x0a\x0ausers:http" ADDRESS PORT)
LISTS("namespace only", "\x0a\x0f\x0a\x04shop" ADDRESS PORT)
LISTS("service with NUL", "\x0a\x11\x0a\x06users\0" ADDRESS PORT)
LISTS("no service", "\x0a\x09" ADDRESS PORT)
LISTS("no port", "\x0a\x0d\x0a\x05users" ADDRESS)
LISTS("port 0", "\x0a\x0f\x0a\x05users" ADDRESS "\x18\x00")

LISTS("port 65536", "\x0a\x11\x0a\x05users" ADDRESS "\x18\x80\x80\x04", MALFORMED)
LISTS("port 2^32 + 80", "\x0a\x13\x0a\x05users" ADDRESS "\x18\xd0\x80\x80\x80\x10", MALFORMED)
LISTS("port as a fixed32", "\x0a\x12\x0a\x05users" ADDRESS "\x1d\x90\x1f\0\0", MALFORMED)
LISTS("address of five bytes", "\x0a\x11\x0a\x05users\x12\x05\x0a\x4d\x04\x02\x01" PORT, MALFORMED)
LISTS("address empty", "\x0a\x0c\x0a\x05users\x12\x00" PORT, MALFORMED)
LISTS("address as a varint", "\x0a\x0c\x0a\x05users\x10\x01" PORT, MALFORMED)
LISTS("service as a varint", "\x0a\x0b\x08\x01" ADDRESS PORT, MALFORMED)
LISTS("config as a varint", "\x0a\x12\x0a\x05users" ADDRESS PORT "\x20\x01", MALFORMED)
LISTS("route as a varint", "\x08\x01", MALFORMED)
LISTS("route longer than the list", "\x0a\x11\x0a\x05users" ADDRESS PORT, MALFORMED)
LISTS("service longer than its route", "\x0a\x07\x0a\x06users", MALFORMED)
LISTS("list cut short", USERS "\x0a", MALFORMED)
LISTS("bytes behind the list", USERS "\xff", MALFORMED)
CARRIER("list in bad base64", IDS "\x22\x0f\x0a\x09overrides\x12\x02*!", MALFORMED)
CARRIER("list in bad base64, a context beside it",
	IDS "\x22\x0f\x0a\x09overrides\x12\x02*!\x22" MMENG, NAMES("mmeng"), MALFORMED)

#undef ADDRESS
#undef ADDRESS6
#undef PORT
#undef USERS
#undef PAY
