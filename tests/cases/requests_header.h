/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of requests.h: a header field that names a context, and what is no such field. */

DONE("header", GET HOST MARKED END, BY(HEADER, "mmeng"))
DONE("header in upper case", GET "X-SHUNT-CONTEXT: mmeng\r\n" END, BY(HEADER, "mmeng"))
DONE("header without a space", GET "x-shunt-context:mmeng\r\n" END, BY(HEADER, "mmeng"))
DONE("header with white space around", GET "x-shunt-context: \t mmeng\t \r\n" END,
     BY(HEADER, "mmeng"))
DONE("header after 64 spaces", GET "x-shunt-context:" TIMES64(" ") "mmeng\r\n" END,
     BY(HEADER, "mmeng"))
DONE("header before 64 spaces", GET "x-shunt-context:mmeng" TIMES64(" ") "\r\n" END,
     BY(HEADER, "mmeng"))
DONE("name with all its characters", GET "x-shunt-context: a-z_0.9\r\n" END, BY(HEADER, "a-z_0.9"))
DONE("name of one character", GET "x-shunt-context: a\r\n" END, BY(HEADER, "a"))
DONE("name of one point", GET "x-shunt-context: .\r\n" END, BY(HEADER, "."))
DONE("name of seven characters", GET "x-shunt-context: abcdefg\r\n" END, BY(HEADER, "abcdefg"))
DONE("name of eight characters", GET "x-shunt-context: abcdefgh\r\n" END, BY(HEADER, "abcdefgh"))
DONE("name of nine characters", GET "x-shunt-context: abcdefghi\r\n" END, BY(HEADER, "abcdefghi"))
DONE("name of 63 characters", GET "x-shunt-context: " TIMES63("m") "\r\n" END,
     BY(HEADER, TIMES63("m")))
DONE("header first of many", GET MARKED TIMES64("a: b\r\n") END, BY(HEADER, "mmeng"))
DONE("header last of many", GET TIMES64("a: b\r\n") MARKED END, BY(HEADER, "mmeng"))
DONE("header in HTTP/1.0", "GET / HTTP/1.0\r\n" MARKED END, BY(HEADER, "mmeng"))
DONE("header and a body", "POST / HTTP/1.1\r\nContent-Length: 5\r\n" MARKED END "hello", LENGTH(5),
     BY(HEADER, "mmeng"), .trailing = 5)
DONE("header, percent-encoded", GET "x-shunt-context: mm%65ng\r\n" END, BY(HEADER, "mmeng"))
DONE("header, percent-encoded in both cases", GET "x-shunt-context: %6D%6de%6E%67\r\n" END,
     BY(HEADER, "mmeng"))
DONE("header, 63 characters percent-encoded", GET "x-shunt-context: " TIMES63("%6d") "\r\n" END,
     BY(HEADER, TIMES63("m")))

DONE("header twice, the same", GET MARKED MARKED END, BY(HEADER, "mmeng"))
DONE("header twice, the first counts", GET MARKED OTHER END, BY(HEADER, "mmeng"), DISAGREE)
DONE("header twice, in the other order", GET OTHER MARKED END, BY(HEADER, "other"), DISAGREE)
DONE("header empty, then given", GET "x-shunt-context:\r\n" MARKED END, BY(HEADER, "mmeng"),
     INVALID)
DONE("header given, then invalid", GET MARKED "x-shunt-context: a/b\r\n" END, BY(HEADER, "mmeng"),
     INVALID)
DONE("prefix of the field's name, then it",
     GET "x-shunt-contex: no\r\nx-shunt-context-a: no\r\n" MARKED END, BY(HEADER, "mmeng"))
DONE("names that differ at the 63rd character",
     GET "x-shunt-context: " TIMES7(TIMES8("m")) "mmmmmma\r\nx-shunt-context: " TIMES7(
	     TIMES8("m")) "mmmmmmb\r\n" END,
     BY(HEADER, TIMES7(TIMES8("m")) "mmmmmma"), DISAGREE)

DONE("header empty", GET "x-shunt-context:\r\n" END, INVALID)
DONE("header of white space", GET "x-shunt-context:  \t \r\n" END, INVALID)
DONE("header of 64 characters", GET "x-shunt-context: " TIMES64("m") "\r\n" END, INVALID)
DONE("header of 4000 characters", GET "x-shunt-context: " TIMES1000("mmen") "\r\n" END, INVALID)
DONE("header of 64 characters percent-encoded", GET "x-shunt-context: " TIMES64("%6d") "\r\n" END,
     INVALID)
DONE("header with an upper-case letter", GET "x-shunt-context: Mmeng\r\n" END, INVALID)
DONE("header with an upper-case letter last", GET "x-shunt-context: mmenG\r\n" END, INVALID)
DONE("header with an upper-case letter encoded", GET "x-shunt-context: %4dmeng\r\n" END, INVALID)
DONE("header with a space inside", GET "x-shunt-context: mm eng\r\n" END, INVALID)
DONE("header with a tab inside", GET "x-shunt-context: mm\teng\r\n" END, INVALID)
DONE("header with a slash", GET "x-shunt-context: mm/eng\r\n" END, INVALID)
DONE("header with a list", GET "x-shunt-context: mmeng,other\r\n" END, INVALID)
DONE("header quoted", GET "x-shunt-context: \"mmeng\"\r\n" END, INVALID)
DONE("header with a property", GET "x-shunt-context: mmeng;a=b\r\n" END, INVALID)
DONE("header in UTF-8", GET "x-shunt-context: mm\xc3\xa9ng\r\n" END, INVALID)
DONE("header with a no-break space", GET "x-shunt-context: mmeng\xa0\r\n" END, INVALID)
DONE("header with a percent sign alone", GET "x-shunt-context: mm%\r\n" END, INVALID)
DONE("header with one hex digit", GET "x-shunt-context: mm%6\r\n" END, INVALID)
DONE("header with a percent sign and its digits behind the value",
     GET "x-shunt-context: mm%\r\n65: a\r\n" END, INVALID)
DONE("header with digits that are not hex", GET "x-shunt-context: mm%6gng\r\n" END, INVALID)
DONE("header with NUL encoded", GET "x-shunt-context: mmeng%00\r\n" END, INVALID)
DONE("header with CR LF encoded", GET "x-shunt-context: mmeng%0d%0a\r\n" END, INVALID)
DONE("header encoded twice", GET "x-shunt-context: mm%2565ng\r\n" END, INVALID)
DONE("header after more than 64 spaces", GET "x-shunt-context:" TIMES64(" ") "   mmeng\r\n" END,
     INVALID)

DONE("field name is a prefix", GET "x-shunt-context-id: mmeng\r\n" END)
DONE("field name is a suffix", GET "my-x-shunt-context: mmeng\r\n" END)
DONE("field name is cut short", GET "x-shunt-contex: mmeng\r\n" END)
DONE("field name with underscores", GET "x_shunt_context: mmeng\r\n" END)
DONE("field name of the same length", GET "x-shunt-contexu: mmeng\r\n" END)
DONE("field name that differs in the middle", GET "x-shvnt-context: mmeng\r\n" END)
DONE("field name in the target", "GET /?x-shunt-context:mmeng HTTP/1.1\r\n" HOST END)
DONE("field name in a value", GET "X-A: x-shunt-context: mmeng\r\n" END)
DONE("marked field after the head", GET HOST END MARKED, .trailing = sizeof(MARKED) - 1)
DONE("marked field in a body", "POST / HTTP/1.1\r\nContent-Length: 42\r\n" END GET MARKED END,
     LENGTH(42), .trailing = sizeof(GET MARKED END) - 1)
