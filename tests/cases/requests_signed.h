/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: signed markers, "name.tag", and values that are nearly one. */

#define TAG ".0123456789abcdef"
#define IS_TAG SIGNED(0x0123456789abcdef)
#define VALUE(text) GET "x-shunt-context: " text "\r\n" END

/* every form */
DONE("signed header", VALUE("mmeng" TAG), BY(HEADER, "mmeng"), IS_TAG)
DONE("signed cookie", GET "Cookie: a=1; shunt_context=mmeng" TAG "; b=2\r\n" END,
     BY(COOKIE, "mmeng"), IS_TAG)
DONE("signed cookie, quoted", GET "Cookie: shunt_context=\"mmeng" TAG "\"\r\n" END,
     BY(COOKIE, "mmeng"), IS_TAG)
DONE("signed query", "GET /?a=b&shunt_context=mmeng" TAG "&c HTTP/1.1\r\n" END, BY(QUERY, "mmeng"),
     IS_TAG)
DONE("signed query whose name is encoded", "GET /?%73hunt_context=mmeng" TAG " HTTP/1.1\r\n" END,
     BY(QUERY, "mmeng"), IS_TAG)
DONE("signed baggage", GET "baggage: a=b,shunt-context=mmeng" TAG ";ttl=5,c=d\r\n" END,
     BY(BAGGAGE, "mmeng"), IS_TAG)
DONE("signed tracestate", GET "tracestate: shunt=mmeng" TAG ",vendor=x\r\n" END,
     BY(TRACESTATE, "mmeng"), IS_TAG)
DONE("signed ot", GET "ot-baggage-shunt-context: mmeng" TAG "\r\n" END, BY(OT, "mmeng"), IS_TAG)
DONE("signed uberctx", GET "uberctx-shunt-context: mmeng" TAG "\r\n" END, BY(UBERCTX, "mmeng"),
     IS_TAG)

/* names */
DONE("signed name of one character", VALUE("m" TAG), BY(HEADER, "m"), IS_TAG)
DONE("signed name of eight characters", VALUE("mmengmme" TAG), BY(HEADER, "mmengmme"), IS_TAG)
DONE("signed name of 49 characters", VALUE(TIMES16("abc") "-" TAG), BY(HEADER, TIMES16("abc") "-"),
     IS_TAG)
DONE("signed value of 63 characters", VALUE(TIMES16("ab") TIMES7("c") TIMES7("d") TAG),
     BY(HEADER, TIMES16("ab") TIMES7("c") TIMES7("d")), IS_TAG)
DONE("signed value of 64 characters", VALUE(TIMES16("ab") TIMES7("c") TIMES8("d") TAG),
     BY(HEADER, TIMES16("ab") TIMES7("c") TIMES8("d")), IS_TAG)
DONE("signed name of 63 characters", VALUE(TIMES63("m") TAG), BY(HEADER, TIMES63("m")), IS_TAG)
DONE("signed name of 63 characters, percent-encoded",
     VALUE(TIMES63("%6d") "%2E%30%31%32%33%34%35%36%37%38%39%61%62%63%64%65%66"),
     BY(HEADER, TIMES63("m")), IS_TAG)
DONE("signed name of 64 characters", VALUE(TIMES64("m") TAG), INVALID)
DONE("signed name that ends in a dot", VALUE("m." TAG), BY(HEADER, "m."), IS_TAG)
DONE("signed name that is a dot", VALUE("." TAG), BY(HEADER, "."), IS_TAG)
DONE("signed name that looks like a tag", VALUE("fedcba9876543210" TAG),
     BY(HEADER, "fedcba9876543210"), IS_TAG)
DONE("signed name that is signed", VALUE("mmeng.fedcba9876543210" TAG),
     BY(HEADER, "mmeng.fedcba9876543210"), IS_TAG)
DONE("signed name with a character that no name has", VALUE("mm!ng" TAG), INVALID)
DONE("signed name in upper case", VALUE("MMENG" TAG), INVALID)
DONE("signed name with a zero byte", VALUE("mm%00ng" TAG), INVALID)
DONE("tag without a name", VALUE(TAG), BY(HEADER, TAG))

/* tags */
DONE("tag of zeros", VALUE("mmeng.0000000000000000"), BY(HEADER, "mmeng"), SIGNED(0))
DONE("tag of the first digit alone", VALUE("mmeng.8000000000000000"), BY(HEADER, "mmeng"),
     SIGNED(0x8000000000000000))
DONE("tag of the last digit alone", VALUE("mmeng.0000000000000001"), BY(HEADER, "mmeng"), SIGNED(1))
DONE("tag of the ninth digit alone", VALUE("mmeng.0000000070000000"), BY(HEADER, "mmeng"),
     SIGNED(0x70000000))
DONE("tag of the largest digits", VALUE("mmeng.ffffffffffffffff"), BY(HEADER, "mmeng"),
     SIGNED(0xffffffffffffffff))
DONE("tag downwards", VALUE("mmeng.fedcba9876543210"), BY(HEADER, "mmeng"),
     SIGNED(0xfedcba9876543210))
DONE("tag with a digit in upper case", VALUE("mmeng.0123456789abcdeF"), INVALID)
DONE("tag of 15 digits", VALUE("mmeng.0123456789abcde"), BY(HEADER, "mmeng.0123456789abcde"))
DONE("tag of 17 digits", VALUE("mmeng.0123456789abcdef0"), BY(HEADER, "mmeng.0123456789abcdef0"))
DONE("tag with a letter that is no digit", VALUE("mmeng.0123456789abcdeg"),
     BY(HEADER, "mmeng.0123456789abcdeg"))
DONE("tag whose first character is none", VALUE("mmeng.-123456789abcdef"),
     BY(HEADER, "mmeng.-123456789abcdef"))
DONE("tag whose ninth character is none", VALUE("mmeng.01234567_9abcdef"),
     BY(HEADER, "mmeng.01234567_9abcdef"))
DONE("tag with a colon, which follows 9", VALUE("mmeng.012345678:abcdef"), INVALID)
DONE("tag with a slash, which is before 0", VALUE("mmeng.012345678/abcdef"), INVALID)
DONE("tag with a backquote, which is before a", VALUE("mmeng.012345678`abcdef"), INVALID)
DONE("tag with a byte that is no ASCII", VALUE("mmeng.012345678%B9abcdef"), INVALID)
DONE("tag behind no dot", VALUE("mmeng-0123456789abcdef"), BY(HEADER, "mmeng-0123456789abcdef"))
DONE("tag behind a space", VALUE("mmeng 0123456789abcdef"), INVALID)
DONE("tag and more", VALUE("mmeng" TAG ".x"), BY(HEADER, "mmeng" TAG ".x"))

/* lengths: an unsigned name is no longer than it was */
DONE("unsigned value of 63 characters with a dot", VALUE(TIMES16("abc") ".0123456789abcd"),
     BY(HEADER, TIMES16("abc") ".0123456789abcd"))
DONE("unsigned value of 64 characters", VALUE(TIMES64("m")), INVALID)
DONE("unsigned value of 80 characters", VALUE(TIMES64("m") TIMES16("m")), INVALID)
DONE("signed value of 81 characters", VALUE("m" TIMES63("m") TAG), INVALID)
DONE("unsigned value of 128 characters", VALUE(TIMES128("m")), INVALID)
DONE("query name of 80 characters, encoded",
     "GET /?%73hunt_context" TIMES63("x") "xxxx=mmeng HTTP/1.1\r\n" END)

/* several: names agree or not, and the marker that is taken is signed or not */
DONE("signed, then the same unsigned",
     GET "x-shunt-context: mmeng" TAG "\r\n"
	 "Cookie: shunt_context=mmeng\r\n" END,
     BY(HEADER, "mmeng"), IS_TAG)
DONE("unsigned, then the same signed", GET MARKED "Cookie: shunt_context=mmeng" TAG "\r\n" END,
     BY(HEADER, "mmeng"))
DONE("signed cookie, then the header unsigned",
     GET "Cookie: shunt_context=mmeng" TAG "\r\n" MARKED END, BY(HEADER, "mmeng"))
DONE("cookie, then the header signed",
     GET "Cookie: shunt_context=mmeng\r\n"
	 "x-shunt-context: mmeng" TAG "\r\n" END,
     BY(HEADER, "mmeng"), IS_TAG)
DONE("two tags of one name agree",
     GET "x-shunt-context: mmeng" TAG "\r\n"
	 "Cookie: shunt_context=mmeng.fedcba9876543210\r\n" END,
     BY(HEADER, "mmeng"), IS_TAG)
DONE("one tag of two names disagrees",
     GET "x-shunt-context: mmeng" TAG "\r\n"
	 "Cookie: shunt_context=other" TAG "\r\n" END,
     BY(HEADER, "mmeng"), IS_TAG, DISAGREE)
DONE("signed cookie, then another header unsigned",
     GET "Cookie: shunt_context=other" TAG "\r\n" MARKED END, BY(HEADER, "mmeng"), DISAGREE)
DONE("signed twice, the first counts",
     GET "x-shunt-context: mmeng" TAG "\r\n"
	 "x-shunt-context: mmeng.fedcba9876543210\r\n" END,
     BY(HEADER, "mmeng"), IS_TAG)
DONE("signed and invalid, then a signed cookie",
     GET "x-shunt-context: MMENG" TAG "\r\n"
	 "Cookie: shunt_context=mmeng.fedcba9876543210\r\n" END,
     BY(COOKIE, "mmeng"), SIGNED(0xfedcba9876543210), INVALID)

#undef TAG
#undef IS_TAG
#undef VALUE
