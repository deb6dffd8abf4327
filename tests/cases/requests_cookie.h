/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: a cookie that names a context (RFC 6265, 4.2). */

DONE("cookie", GET "Cookie: shunt_context=mmeng\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookie, field in lower case", GET "cookie: shunt_context=mmeng\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookie, no space after the colon", GET "COOKIE:shunt_context=mmeng\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie first of several", GET "Cookie: shunt_context=mmeng; a=1; b=2\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie in the middle", GET "Cookie: a=1; shunt_context=mmeng; b=2\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie last", GET "Cookie: a=1; b=2; shunt_context=mmeng\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookies without spaces between", GET "Cookie: a=1;shunt_context=mmeng;b=2\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookies with more white space", GET "Cookie: a=1 ;\t shunt_context=mmeng \t; b=2\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie with spaces around its equals sign", GET "Cookie: shunt_context = mmeng\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie in the second Cookie field",
     GET "Cookie: a=1\r\n" HOST "Cookie: shunt_context=mmeng\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookie in the first Cookie field", GET "Cookie: shunt_context=mmeng\r\nCookie: a=1\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie quoted", GET "Cookie: shunt_context=\"mmeng\"\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookie quoted, then others", GET "Cookie: shunt_context=\"mmeng\"; a=\"b\"\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie percent-encoded", GET "Cookie: shunt_context=%6dmeng\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookie quoted and percent-encoded", GET "Cookie: shunt_context=\"%6dmeng\"\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie of 63 characters", GET "Cookie: shunt_context=" TIMES63("m") "; a=b\r\n" END,
     BY(COOKIE, TIMES63("m")))
DONE("cookie after empty members", GET "Cookie: ;; ; shunt_context=mmeng;;\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie after one without an equals sign", GET "Cookie: flag; shunt_context=mmeng\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie after one with many equals signs", GET "Cookie: a=b=c==; shunt_context=mmeng\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie after an unbalanced quote", GET "Cookie: a=\"b; shunt_context=mmeng\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie after two thousand characters",
     GET "Cookie: a=" TIMES1000("bc") "; shunt_context=mmeng\r\n" END, BY(COOKIE, "mmeng"))
DONE("cookie is the 256th",
     GET "Cookie: " TIMES128("a=b;") TIMES63("c;") TIMES64("d;") "shunt_context=mmeng\r\n" END,
     BY(COOKIE, "mmeng"))
DONE("cookie twice, the first counts",
     GET "Cookie: shunt_context=mmeng; shunt_context=other\r\n" END, BY(COOKIE, "mmeng"), DISAGREE)
DONE("cookie twice, the first invalid", GET "Cookie: shunt_context=; shunt_context=mmeng\r\n" END,
     BY(COOKIE, "mmeng"), INVALID)
DONE("cookie in two fields, the first counts",
     GET "Cookie: shunt_context=mmeng\r\nCookie: shunt_context=other\r\n" END, BY(COOKIE, "mmeng"),
     DISAGREE)

DONE("cookie empty", GET "Cookie: shunt_context=\r\n" END, INVALID)
DONE("cookie of empty quotes", GET "Cookie: shunt_context=\"\"\r\n" END, INVALID)
DONE("cookie with an opening quote only", GET "Cookie: shunt_context=\"mmeng\r\n" END, INVALID)
DONE("cookie with a closing quote only", GET "Cookie: shunt_context=mmeng\"\r\n" END, INVALID)
DONE("cookie of one quote", GET "Cookie: shunt_context=\"\r\n" END, INVALID)
DONE("cookie quoted twice", GET "Cookie: shunt_context=\"\"mmeng\"\"\r\n" END, INVALID)
DONE("cookie with spaces in its quotes", GET "Cookie: shunt_context=\" mmeng \"\r\n" END, INVALID)
DONE("cookie with a comma", GET "Cookie: shunt_context=mmeng, a=b\r\n" END, INVALID)
DONE("cookie in upper case", GET "Cookie: shunt_context=MMENG\r\n" END, INVALID)
DONE("cookie of 64 characters", GET "Cookie: shunt_context=" TIMES64("m") "\r\n" END, INVALID)

DONE("cookie without a value", GET "Cookie: shunt_context\r\n" END)
DONE("cookie whose name is another's suffix", GET "Cookie: my_shunt_context=mmeng\r\n" END)
DONE("cookie whose name is another's prefix", GET "Cookie: shunt_context2=mmeng\r\n" END)
DONE("cookie whose name is cut short", GET "Cookie: shunt_contex=mmeng\r\n" END)
DONE("cookie names have case", GET "Cookie: Shunt_Context=mmeng\r\n" END)
DONE("cookie name with a dash", GET "Cookie: shunt-context=mmeng\r\n" END)
DONE("cookie name percent-encoded", GET "Cookie: shunt%5fcontext=mmeng\r\n" END)
DONE("cookie name quoted", GET "Cookie: \"shunt_context\"=mmeng\r\n" END)
DONE("cookie name in another's value", GET "Cookie: a=shunt_context=mmeng\r\n" END)
DONE("cookie named by two words", GET "Cookie: a shunt_context=mmeng\r\n" END)
DONE("cookie after a comma", GET "Cookie: a=b, shunt_context=mmeng\r\n" END)
DONE("cookie in Set-Cookie", GET "Set-Cookie: shunt_context=mmeng\r\n" END)
DONE("cookie in Cookie2", GET "Cookie2: shunt_context=mmeng\r\n" END)
DONE("Cookie empty", GET "Cookie:\r\n" END)
DONE("Cookie of separators", GET "Cookie: ;;;=;=\r\n" END)
DONE("cookie is the 257th: not looked at",
     GET "Cookie: " TIMES128("a=b;") TIMES128("c;") "shunt_context=mmeng\r\n" END)
