/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of carriers.h: carriers that are understood. */

/* the three messages */
CARRIER("BasicTracerCarrier", IDS "\x22" MMENG, NAMES("mmeng"))
CARRIER("BinaryCarrier", "\x12\x2c" IDS "\x22" MMENG, NAMES("mmeng"))
CARRIER("EnvoyCarrier", ENVOY_IDS "\x2a" MMENG, NAMES("mmeng"))
CARRIER("BinaryCarrier with the text context of old first", "\x0a\x03old\x12\x2c" IDS "\x22" MMENG,
	NAMES("mmeng"))
CARRIER("BinaryCarrier with text contexts only", "\x0a\x03old\x0a\x00")
CARRIER("BinaryCarrier in two parts", "\x12\x14" IDS "\x12\x18\x22" MMENG, NAMES("mmeng"))
CARRIER("BinaryCarrier, its length in three bytes", "\x12\xac\x80\x00" IDS "\x22" MMENG,
	NAMES("mmeng"))
CARRIER("BinaryCarrier empty", "\x12\x00")
CARRIER("BasicTracerCarrier without items", IDS)
CARRIER("BasicTracerCarrier of a trace_id alone", "\x09" ID)
CARRIER("BasicTracerCarrier without sampled", "\x09" ID "\x11" ID "\x22" MMENG, NAMES("mmeng"))
CARRIER("BasicTracerCarrier, sampled in ten bytes",
	"\x09" ID "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x22" MMENG, NAMES("mmeng"))
CARRIER("EnvoyCarrier without items", ENVOY_IDS)
CARRIER("EnvoyCarrier whose items have BasicTracerCarrier's number",
	"\x11" ID "\x19" ID "\x22" MMENG, MALFORMED)

/* items */
CARRIER("item first", "\x09" ID "\x22" MMENG "\x11" ID "\x22" USER, NAMES("mmeng"))
CARRIER("item last of several", IDS "\x22" USER "\x22" USER "\x22" MMENG, NAMES("mmeng"))
CARRIER("value before key", IDS "\x22\x16\x12\x05mmeng" KEY, NAMES("mmeng"))
CARRIER("key twice, the last one is", IDS "\x22\x1c\x0a\x04user" KEY "\x12\x05mmeng",
	NAMES("mmeng"))
CARRIER("value twice, the last one is", IDS "\x22\x1d" KEY "\x12\x05other\x12\x05mmeng",
	NAMES("mmeng"))
CARRIER("key in upper case", IDS "\x22\x16\x0a\x0dSHUNT-CONTEXT\x12\x05mmeng", NAMES("mmeng"))
CARRIER("item with a field that nobody knows", IDS "\x22\x18" KEY "\x18\x07\x12\x05mmeng",
	NAMES("mmeng"))
CARRIER("value percent-encoded", IDS "\x22\x18" KEY "\x12\x07mm%65ng", NAMES("mmeng"))
CARRIER("value of 63 characters", IDS "\x22\x50" KEY "\x12\x3f" TIMES63("m"), NAMES(TIMES63("m")))
CARRIER("value of one character",
	IDS "\x22\x12" KEY "\x12\x01"
	    "1",
	NAMES("1"))
CARRIER("item twice, the first counts", IDS "\x22" MMENG "\x22" OTHER, NAMES("mmeng"), DISAGREE)
CARRIER("item twice, the same", IDS "\x22" MMENG "\x22" MMENG, NAMES("mmeng"))
CARRIER("item twice, the first invalid", IDS "\x22\x0f" KEY "\x22" MMENG, NAMES("mmeng"), INVALID)
CARRIER("empty item first", IDS "\x22\x00\x22" MMENG, NAMES("mmeng"))
CARRIER("sixty-four items first", IDS TIMES64("\x22" USER) "\x22" MMENG, NAMES("mmeng"))

/* signed: "name.tag" */
CARRIER("value signed", IDS "\x22\x27" KEY "\x12\x16mmeng.0123456789abcdef", NAMES("mmeng"),
	SIGNED(0x0123456789abcdef))
CARRIER("value signed, percent-encoded", IDS "\x22\x29" KEY "\x12\x18mmeng%2e0123456789abcdef",
	NAMES("mmeng"), SIGNED(0x0123456789abcdef))
CARRIER("value signed, of 63 characters and a tag",
	IDS "\x22\x61" KEY "\x12\x50" TIMES63("m") ".8000000000000001", NAMES(TIMES63("m")),
	SIGNED(0x8000000000000001))
CARRIER("value of 64 characters and a tag",
	IDS "\x22\x62" KEY "\x12\x51" TIMES64("m") ".0123456789abcdef", INVALID)
CARRIER("value with a tag in upper case", IDS "\x22\x27" KEY "\x12\x16mmeng.0123456789ABCDEF",
	INVALID)
CARRIER("item twice, the second signed",
	IDS "\x22" MMENG "\x22\x27" KEY "\x12\x16mmeng.0123456789abcdef", NAMES("mmeng"))
CARRIER("item twice, the first signed",
	IDS "\x22\x27" KEY "\x12\x16mmeng.0123456789abcdef\x22" MMENG, NAMES("mmeng"),
	SIGNED(0x0123456789abcdef))
CARRIER("item twice, of one tag",
	IDS "\x22\x27" KEY "\x12\x16mmeng.0123456789abcdef"
	    "\x22\x27" KEY "\x12\x16other.0123456789abcdef",
	NAMES("mmeng"), .flags = SHUNT_HEAD_SIGNED | SHUNT_HEAD_DISAGREE, .tag = 0x0123456789abcdef)

/* fields that nobody knows are skipped */
CARRIER("unknown varint", IDS "\x28\x96\x01\x22" MMENG, NAMES("mmeng"))
CARRIER("unknown fixed64", IDS "\x29" ID "\x22" MMENG, NAMES("mmeng"))
CARRIER("unknown fixed32", IDS "\x2d\x01\x02\x03\x04\x22" MMENG, NAMES("mmeng"))
CARRIER("unknown bytes", IDS "\x32\x03xyz\x22" MMENG, NAMES("mmeng"))
CARRIER("unknown bytes that look like an item", IDS "\x32\x18\x22" MMENG)
CARRIER("unknown field of the largest number", IDS "\xf8\xff\xff\xff\x0f\x01\x22" MMENG,
	NAMES("mmeng"))
CARRIER("unknown field of BinaryCarrier", "\x12\x2c" IDS "\x22" MMENG "\x1a\x01x", NAMES("mmeng"))

/* keys and values that name nothing */
CARRIER("key is another's prefix", IDS "\x22\x17\x0a\x0eshunt-context2\x12\x05mmeng")
CARRIER("key is cut short", IDS "\x22\x15\x0a\x0cshunt-contex\x12\x05mmeng")
CARRIER("key empty", IDS "\x22\x09\x0a\x00\x12\x05mmeng")
CARRIER("key with an underscore", IDS "\x22\x16\x0a\x0dshunt_context\x12\x05mmeng")
CARRIER("key in the value", IDS "\x22\x16\x0a\x05mmeng\x12\x0dshunt-context")
CARRIER("no key", IDS "\x22\x07\x12\x05mmeng")
CARRIER("no value", IDS "\x22\x0f" KEY, INVALID)
CARRIER("value empty", IDS "\x22\x11" KEY "\x12\x00", INVALID)
CARRIER("value with a percent sign, hex digits behind it",
	IDS "\x22\x19" KEY "\x12\x03mm%"
	    "\x35"
	    "f\0\0\0",
	INVALID)
CARRIER("value in upper case", IDS "\x22\x16" KEY "\x12\x05MMENG", INVALID)
CARRIER("value with NUL", IDS "\x22\x16" KEY "\x12\x05mmen\0", INVALID)
CARRIER("value of 64 characters", IDS "\x22\x51" KEY "\x12\x40" TIMES64("m"), INVALID)

/* base64: "\x12\x2c" IDS "\x22" MMENG, with other identifiers */
#define BINARY "EiwJ782riWdFIwEREDJUdpi63P4YASIWCg1zaHVudC1jb250ZXh0EgVtbWVuZw"
ENCODED("base64 with padding", BINARY "==", NAMES("mmeng"))
ENCODED("base64 without padding", BINARY, NAMES("mmeng"))
ENCODED("base64 with half its padding", BINARY "=", MALFORMED)
ENCODED("base64 with too much padding", BINARY "===", MALFORMED)
ENCODED("base64 behind its padding", BINARY "==AA", MALFORMED)
ENCODED("base64 with spaces",
	"EiwJ 782r iWdF IwER EDJU dpi6 3P4Y ASIW Cg1z aHVu dC1j b250 ZXh0 EgVt bWVu Zw==",
	NAMES("mmeng"))
ENCODED("base64 with tabs and spaces anywhere",
	"  E i\twJ782riWdFIwEREDJUdpi63P4YASIWCg1zaHVudC1jb250ZXh0EgVtbWVu Z \t w = =  ",
	NAMES("mmeng"))
ENCODED("base64 with bits left over",
	"EiwJ782riWdFIwEREDJUdpi63P4YASIWCg1zaHVudC1jb250ZXh0EgVtbWVuZx==", NAMES("mmeng"))
#undef BINARY
ENCODED("base64 with a plus sign and a slash", "CgVB++++/w==")
ENCODED("the design's example, whose list is none",
	"EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw==", MALFORMED)
