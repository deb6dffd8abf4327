/* SPDX-License-Identifier: Apache-2.0 */
/* The case table of sync streams that a reader refuses, as bytes of proto/sync.proto. */
#ifndef SHUNT_TESTS_CASES_SYNC_H
#define SHUNT_TESTS_CASES_SYNC_H

#include <stddef.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

/* Messages that other rows begin with. */
#define HELLO "\x0a\x08\x08\x01\x12\x01i\x18\x88'"
#define BEGIN "\x12\x00"
#define BEGIN_SNAPSHOT "\x12\x02\x08\x01"
#define DONE_1 "\x22\x02\x08\x01"
#define HEARTBEAT "\x2a\x02\x08\x01"

struct sync_case {
	const char *name;
	const char *bytes;
	size_t length;
	const char *problem; /* for a person */
};

/* Messages, each after one byte of length, that are not in order or are malformed themselves. */
static const struct sync_case sync_streams[] = {
	{"begin before hello", BYTES("\x02" BEGIN), "a generation begins before the hello"},
	{"rows before hello", BYTES("\x02\x1a\x00"), "rows outside of a generation"},
	{"done before hello", BYTES("\x04" DONE_1), "an end outside of a generation"},
	{"heartbeat before hello", BYTES("\x04" HEARTBEAT), "a heartbeat before the hello"},
	{"second hello", BYTES("\x0a" HELLO "\x0a" HELLO), "a second hello"},
	{"rows between", BYTES("\x0a" HELLO "\x02\x1a\x00"), "rows outside of a generation"},
	{"begin within", BYTES("\x0a" HELLO "\x02" BEGIN "\x02" BEGIN),
	 "a generation begins within another"},
	{"heartbeat within", BYTES("\x0a" HELLO "\x02" BEGIN "\x04" HEARTBEAT),
	 "a heartbeat within a generation"},
	{"hello within", BYTES("\x0a" HELLO "\x02" BEGIN "\x0a" HELLO), "a second hello"},
	{"generation 0", BYTES("\x0a" HELLO "\x02" BEGIN "\x02\x22\x00"), "generation 0 after 0"},
	{"generation twice",
	 BYTES("\x0a" HELLO "\x02" BEGIN "\x04" DONE_1 "\x02" BEGIN "\x04" DONE_1),
	 "generation 1 after 1"},
	{"version 0", BYTES("\x08\x0a\x06\x12\x01i\x18\x88'"),
	 "the manager speaks version 0 of the protocol, not 1"},
	{"version 2", BYTES("\x0a\x0a\x08\x08\x02\x12\x01i\x18\x88'"),
	 "the manager speaks version 2 of the protocol, not 1"},
	{"no instance", BYTES("\x07\x0a\x05\x08\x01\x18\x88'"),
	 "the name of the instance is no valid one"},
	{"no heartbeats", BYTES("\x07\x0a\x05\x08\x01\x12\x01i"),
	 "a heartbeat every 0 ms, not 1 to 600000"},
	{"empty message", BYTES("\x00"), "a message without content"},
	{"no protobuf", BYTES("\x03\xff\xff\xff"), "a malformed message of 3 bytes"},
	{"cut within", BYTES("\x02\x0a\x05"), "a malformed message of 2 bytes"},
	{"too long", BYTES("\x81\x80\x10"), "a message of 262145 bytes or more, above 262144"},
	{"far too long", BYTES("\xff\xff\xff\xff\x7f"),
	 "a message of 2097151 bytes or more, above 262144"},
	{"endless length", BYTES("\x80\x80\x80\x80\x80\x80"),
	 "the length of a message is malformed"},
};

/* One row each, as protobuf: the content of a SyncRows. */
static const struct sync_case sync_rows_refused[] = {
	{"no name", BYTES("\x0a\x00"),
	 "\"\" is no name of a service port, as namespace/name:port is"},
	{"no port",
	 BYTES("\x0a\x03"
	       "a/b"),
	 "\"a/b\" is no name of a service port, as namespace/name:port is"},
	{"empty port",
	 BYTES("\x0a\x04"
	       "a/b:"),
	 "\"a/b:\" is no name of a service port, as namespace/name:port is"},
	{"no namespace", BYTES("\x0a\x04/b:c"),
	 "\"/b:c\" is no name of a service port, as namespace/name:port is"},
	{"no service",
	 BYTES("\x0a\x04"
	       "a/:c"),
	 "\"a/:c\" is no name of a service port, as namespace/name:port is"},
	{"control character",
	 BYTES("\x0a\x06"
	       "a/b:c\x1b"),
	 "\"a/b:c\\x1b\" is no name of a service port, as namespace/name:port is"},
	{"removed service", BYTES("\x12\x01x"),
	 "\"x\" is no name of a service port, as namespace/name:port is"},
	{"address of 3 bytes",
	 BYTES("\x1a\x0e\x0a\x03\x0a\x00\x00\x10P\x1a\x05"
	       "a/b:c"),
	 "an address of 3 bytes"},
	{"no address",
	 BYTES("\x1a\x09\x10P\x1a\x05"
	       "a/b:c"),
	 "an address of 0 bytes"},
	{"port 0",
	 BYTES("\x1a\x0d\x0a\x04\x0a\x00\x00\x01\x1a\x05"
	       "a/b:c"),
	 "port 0 is not 1 to 65535"},
	{"port 65536",
	 BYTES("\x1a\x11\x0a\x04\x0a\x00\x00\x01\x10\x80\x80\x04\x1a\x05"
	       "a/b:c"),
	 "port 65536 is not 1 to 65535"},
	{"loopback",
	 BYTES("\x1a\x0f\x0a\x04\x7f\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c"),
	 "address 127.0.0.1 is none that a pod can have"},
	{"frontend without service", BYTES("\x1a\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "\"\" is no name of a service port, as namespace/name:port is"},
	{"removed with service",
	 BYTES("\x22\x0f\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c"),
	 "a removed endpoint with a service"},
	{"offloaded port 0",
	 BYTES("\x2a\x0d\x0a\x04\x0a\x00\x00\x01\x1a\x05"
	       "a/b:c"),
	 "port 0 is not 1 to 65535"},
	{"no context",
	 BYTES("\x3a\x11\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "\"\" is no name of a context"},
	{"no such context",
	 BYTES("\x3a\x14\x0a\x01"
	       "A\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "\"A\" is no name of a context"},
	{"no endpoints",
	 BYTES("\x3a\x0a\x0a\x01"
	       "a\x12\x05"
	       "a/b:c"),
	 "an override with 0 endpoints, not 1 to 8"},
	{"on_unreachable 2",
	 BYTES("\x3a\x16\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x18\x02\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "on_unreachable is 2, not 0 or 1"},
	{"endpoint with service",
	 BYTES("\x3a\x17\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x0b\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x01x"),
	 "an override's endpoint with a service"},
	{"endpoint twice",
	 BYTES("\x3a\x1e\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"
	       "\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "an override with an endpoint twice"},
	{"removed with endpoint",
	 BYTES("\x42\x14\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P"),
	 "a removed override with endpoints"},
	{"unknown form", BYTES("\x4a\x08\x0a\x06\x0a\x01x\x12\x01y"),
	 "a marker of a form that is not known"},
	{"marker without name", BYTES("\x4a\x0a\x0a\x08\x0a\x06header"),
	 "marker 0 cannot be in the list: Invalid argument"},
	{"marker twice",
	 BYTES("\x4a\x1a\x0a\x0b\x0a\x06header\x12\x01x\x0a\x0b\x0a\x06header\x12\x01"
	       "X"),
	 "marker 1 cannot be in the list: File exists"},
	{"frontend with fence",
	 BYTES("\x1a\x11\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c \x01"),
	 "a frontend's endpoint with fence 1, flags 0"},
	{"frontend with flags",
	 BYTES("\x1a\x11\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c(\x01"),
	 "a frontend's endpoint with fence 0, flags 0x1"},
	{"fence 3",
	 BYTES("*\x11\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c \x03"),
	 "fence is 3, not 0 to 2"},
	{"fence 256",
	 BYTES("*\x12\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c \x80\x02"),
	 "fence is 256, not 0 to 2"},
	{"unknown flag of offloaded",
	 BYTES("*\x11\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c(\x03"),
	 "an offloaded endpoint with flags 0x3"},
	{"removed with flags", BYTES("2\x0a\x0a\x04\x0a\x00\x00\x01\x10P(\x01"),
	 "a removed endpoint with fence 0, flags 0x1"},
	{"unknown flag of override",
	 BYTES(":\x16\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x08\x0a\x04\x0a\x00\x00\x01\x10P(\x02"),
	 "an override with flags 0x2"},
	{"endpoint with fence",
	 BYTES(":\x16\x0a\x01"
	       "a\x12\x05"
	       "a/b:c\x22\x0a\x0a\x04\x0a\x00\x00\x01\x10P \x02"),
	 "an override's endpoint with fence 2, flags 0"},
	{"short key", BYTES("R\x15\x0a\x13\x08\x01\x12\x0fkkkkkkkkkkkkkkk"),
	 "a key of epoch 1 with 15 bytes"},
	{"long key", BYTES("R\x17\x0a\x15\x08\x01\x12\x11kkkkkkkkkkkkkkkkk"),
	 "a key of epoch 1 with 17 bytes"},
	{"key of no epoch", BYTES("R\x14\x0a\x12\x12\x10kkkkkkkkkkkkkkkk"),
	 "a key of epoch 0 with 16 bytes"},
	{"keys of one place",
	 BYTES("R,"
	       "\x0a\x14\x08\x01\x12\x10kkkkkkkkkkkkkkkk\x0a\x14\x08\x03\x12\x10kkkkkkkkkkkkkkkk"),
	 "keys of epochs 1 and 3, which have one place"},
	{"key twice",
	 BYTES("R,"
	       "\x0a\x14\x08\x02\x12\x10kkkkkkkkkkkkkkkk\x0a\x14\x08\x02\x12\x10kkkkkkkkkkkkkkkk"),
	 "keys of epochs 2 and 2, which have one place"},
	{"no current key", BYTES("R\x18\x0a\x14\x08\x01\x12\x10kkkkkkkkkkkkkkkk\x10\x02"),
	 "no key of the current epoch 2"},
	{"another current key", BYTES("R\x18\x0a\x14\x08\x02\x12\x10kkkkkkkkkkkkkkkk\x10\x04"),
	 "no key of the current epoch 4"},
	{"prefix of 5 bytes", BYTES("Z\x0b\x0a\x09\x0a\x05\x0a\x00\x00\x00\x00\x10\x08"),
	 "an address of 5 bytes"},
	{"prefix of 33 bits", BYTES("Z\x0a\x0a\x08\x0a\x04\x0a\x00\x00\x00\x10!"),
	 "a prefix of 33 bits, above 32"},
	{"prefix of 129 bits",
	 BYTES("Z\x17\x0a\x15\x0a\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	       "\x00\x10\x81\x01"),
	 "a prefix of 129 bits, above 128"},
	{"bits beyond", BYTES("Z\x0a\x0a\x08\x0a\x04\x0a\x00\x00\x01\x10\x1f"),
	 "prefix 10.0.0.1/31 has bits beyond its length"},
	{"bits beyond in IPv6",
	 BYTES("Z\x16\x12\x14\x0a\x10\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	       "\x00\x10\x07"),
	 "prefix fd00::/7 has bits beyond its length"},
	{"unknown flag of source", BYTES("Z\x0c\x0a\x0a\x0a\x04\x0a\x00\x00\x00\x10\x08\x18\x04"),
	 "a source with flags 0x4"},
	{"allowed with flags", BYTES("Z\x0c\x12\x0a\x0a\x04\x0a\x00\x00\x00\x10\x08\x18\x01"),
	 "an allowed prefix with flags 0x1"},
	{"steered nothing", BYTES("Z\x04\x1a\x02\x10\x01"),
	 "a steered frontend without its address"},
	{"unknown flag of steered",
	 BYTES("Z\x0e\x1a\x0c\x0a\x08\x0a\x04\x0a\x00\x00\x01\x10P\x10\x02"),
	 "a steered frontend with flags 0x2"},
	{"steered with service",
	 BYTES("Z\x13\x1a\x11\x0a\x0f\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x05"
	       "a/b:c"),
	 "a steered endpoint with a service"},
	{"steered loopback", BYTES("Z\x0c\x1a\x0a\x0a\x08\x0a\x04\x7f\x00\x00\x01\x10P"),
	 "address 127.0.0.1 is none that a pod can have"},
	{"steered to port 0",
	 BYTES("Z\x16\x1a\x14\x0a\x08\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x08\x0a\x04\x0a\x00\x00\x02"
	       "\x10\x00"),
	 "port 0 is not 1 to 65535"},
	{"steered to service",
	 BYTES("Z\x1d\x1a\x1b\x0a\x08\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x0f\x0a\x04\x0a\x00\x00\x02"
	       "\x10P\x1a\x05"
	       "a/b:c"),
	 "a steered frontend's endpoint with a service"},
	{"steered twice to one",
	 BYTES("Z "
	       "\x1a\x1e\x0a\x08\x0a\x04\x0a\x00\x00\x01\x10P\x1a\x08\x0a\x04\x0a\x00\x00\x02\x10P"
	       "\x1a\x08\x0a\x04\x0a\x00\x00\x02\x10P"),
	 "a steered frontend with an endpoint twice"},
};

#define SYNC_STREAM_COUNT (sizeof(sync_streams) / sizeof(sync_streams[0]))
#define SYNC_ROWS_REFUSED_COUNT (sizeof(sync_rows_refused) / sizeof(sync_rows_refused[0]))
#define SYNC_CASE_SIZE 256

/* The stream of a row of sync_rows_refused; its length. */
static inline size_t sync_case_stream(const struct sync_case *row, char stream[SYNC_CASE_SIZE])
{
	static const char before[] = "\x0a" HELLO "\x02" BEGIN;
	size_t length = sizeof(before) - 1;

	memcpy(stream, before, length);
	stream[length++] = (char)(row->length + 2);
	stream[length++] = 0x1a;
	stream[length++] = (char)row->length;
	memcpy(stream + length, row->bytes, row->length);
	return length + row->length;
}

#endif
