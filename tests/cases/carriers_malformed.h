/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of carriers.h: what is malformed anywhere names nothing, an item that came before it too. */

/* base64 */
ENCODED("no text", "", MALFORMED)
ENCODED("text of spaces", "  \t ", MALFORMED)
ENCODED("text of padding", "====", MALFORMED)
ENCODED("text of one character", "E", MALFORMED)
ENCODED("text of five characters", "EgAAA", MALFORMED)
ENCODED("padding first", "=EgA", MALFORMED)
ENCODED("padding in the middle", "Eg==EgA=", MALFORMED)
ENCODED("padding within the last group", "Eg=A", MALFORMED)
ENCODED("padding of 258 characters", "Eg" TIMES128("==") "==", MALFORMED)
ENCODED("padding of a whole group", "EgAA=", MALFORMED)
ENCODED("URL-safe alphabet, a dash", "CQEjRWeJq83-", MALFORMED)
ENCODED("URL-safe alphabet, an underscore", "CQEjRWeJq83_", MALFORMED)
ENCODED("a character outside ASCII", "EgA\xc3\xa4", MALFORMED)
ENCODED("a percent sign", "EgA%3D", MALFORMED)
ENCODED("a quote", "\"EgA=\"", MALFORMED)
ENCODED("two carriers in a list", "EgA=, EgA=", MALFORMED)
ENCODED("base64 of text", "c2h1bnQtY29udGV4dD1tbWVuZw==", MALFORMED)

/* the first byte */
CARRIER("first byte 0", "\0\0\0\0", MALFORMED)
CARRIER("first byte is a varint's tag", "\x08\x01\x22" MMENG, MALFORMED)
CARRIER("first byte is an item's tag", "\x22" MMENG, MALFORMED)
CARRIER("first byte is sampled's tag", "\x18\x01\x22" MMENG, MALFORMED)
CARRIER("first byte is an unknown field's tag", "\x1a\x00\x12\x2c" IDS "\x22" MMENG, MALFORMED)

/* truncated */
CARRIER("tag alone", "\x12", MALFORMED)
CARRIER("trace_id cut short", "\x09\x01\x23\x45", MALFORMED)
CARRIER("length cut short", "\x12\x80", MALFORMED)
CARRIER("item cut short", IDS "\x22\x16\x0a\x0dshunt-context\x12\x05mmen", MALFORMED)
CARRIER("item without its length", IDS "\x22", MALFORMED)
CARRIER("item found, then a tag alone", IDS "\x22" MMENG "\x22", MALFORMED)
CARRIER("item found, then a length cut short", IDS "\x22" MMENG "\x22\x80", MALFORMED)
CARRIER("item found, then a fixed32 cut short", IDS "\x22" MMENG "\x2d\x01\x02\x03", MALFORMED)

/* lengths beyond the end */
CARRIER("basic_ctx longer than the carrier", "\x12\x2d" IDS "\x22" MMENG, MALFORMED)
CARRIER("basic_ctx shorter than its item", "\x12\x2b" IDS "\x22" MMENG, MALFORMED)
CARRIER("item longer than the carrier", IDS "\x22\x17" KEY "\x12\x05mmeng", MALFORMED)
CARRIER("key longer than its item", IDS "\x22\x0f\x0a\x0eshunt-context", MALFORMED)
CARRIER("value longer than its item", IDS "\x22\x16" KEY "\x12\x06mmeng", MALFORMED)
CARRIER("value longer than its item, within the carrier",
	IDS "\x22\x16" KEY "\x12\x07mmeng\x22" USER, MALFORMED)
CARRIER("length of 2^31", IDS "\x22\x80\x80\x80\x80\x08" KEY, MALFORMED)
CARRIER("length of 2^32", IDS "\x22\x80\x80\x80\x80\x10" KEY, MALFORMED)
CARRIER("length of 2^32 and what is right", IDS "\x22\x96\x80\x80\x80\x10" KEY "\x12\x05mmeng",
	MALFORMED)
CARRIER("length of 2^63", IDS "\x22\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01" KEY, MALFORMED)
CARRIER("length of 2^64 - 1", IDS "\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" KEY, MALFORMED)

/* over-long varints */
CARRIER("varint of eleven bytes",
	"\x09" ID "\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x22" MMENG, MALFORMED)
CARRIER("varint beyond 64 bits", "\x09" ID "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x22" MMENG,
	MALFORMED)
CARRIER("varint that does not end", "\x09" ID "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	MALFORMED)
CARRIER("length in eleven bytes",
	IDS "\x22\x96\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00" KEY "\x12\x05mmeng", MALFORMED)
CARRIER("tag beyond 32 bits", IDS "\xa2\x80\x80\x80\x10\x01\x22" MMENG, MALFORMED)
CARRIER("tag of a varint beyond 32 bits", IDS "\xa0\x80\x80\x80\x10\x01\x22" MMENG, MALFORMED)
CARRIER("tag in six bytes", IDS "\xa8\x80\x80\x80\x80\x00\x01\x22" MMENG, MALFORMED)
CARRIER("length in six bytes", IDS "\x22\x96\x80\x80\x80\x80\x00" KEY "\x12\x05mmeng", MALFORMED)
CARRIER("field number 0", IDS "\x02\x00\x22" MMENG, MALFORMED)

/* wire types */
CARRIER("trace_id as a varint", "\x12\x1a\x08\x01\x22" MMENG, MALFORMED)
CARRIER("trace_id as a fixed32", "\x12\x1d\x0d\x01\x02\x03\x04\x22" MMENG, MALFORMED)
CARRIER("span_id as bytes", "\x09" ID "\x12\x00\x22" MMENG, MALFORMED)
CARRIER("sampled as a fixed64", "\x09" ID "\x19" ID "\x22" MMENG, MALFORMED)
CARRIER("sampled as bytes", "\x09" ID "\x1a\x01\x01\x22" MMENG, MALFORMED)
CARRIER("items as a varint", IDS "\x20\x01\x22" MMENG, MALFORMED)
CARRIER("items as a fixed64", IDS "\x21" ID "\x22" MMENG, MALFORMED)
CARRIER("key as a varint", IDS "\x22\x09\x08\x01\x12\x05mmeng", MALFORMED)
CARRIER("value as a varint", IDS "\x22\x11" KEY "\x10\x01", MALFORMED)
CARRIER("value as a fixed32", IDS "\x22\x14" KEY "\x15mmen", MALFORMED)
CARRIER("basic_ctx as a varint", "\x0a\x00\x10\x01", MALFORMED)
CARRIER("text context as a varint", "\x12\x2c" IDS "\x22" MMENG "\x08\x01", MALFORMED)
CARRIER("group begins", IDS "\x2b\x22" MMENG, MALFORMED)
CARRIER("group ends", IDS "\x2c\x22" MMENG, MALFORMED)
CARRIER("wire type 6", IDS "\x2e\x00\x22" MMENG, MALFORMED)
CARRIER("wire type 7", IDS "\x2f\x00\x22" MMENG, MALFORMED)
CARRIER("item found, then wire type 7", IDS "\x22" MMENG "\x2f", MALFORMED)
CARRIER("zeros behind an item", IDS "\x22" MMENG "\0\0\0\0", MALFORMED)
